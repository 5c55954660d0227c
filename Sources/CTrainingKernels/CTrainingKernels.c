#include "CTrainingKernels.h"
