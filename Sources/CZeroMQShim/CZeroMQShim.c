#include "CZeroMQShim.h"
