#include "CEmulatorKernels.h"
