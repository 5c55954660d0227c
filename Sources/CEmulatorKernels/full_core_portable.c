// The full core's tick in plain vectors, for machines without AVX2.
#include "CEmulatorKernels.h"

#define TARGET
#define KERNEL(name) name##_portable
#include "full_core_vector.h"

TARGET void synapus_full_integrate_portable(
    const synapus_full_core *core, const uint8_t *weights, synapus_core_sample *sample,
    const synapus_full_sample *full) {
  KERNEL(integrate)(core, weights, sample, full);
}

TARGET void synapus_full_compare_portable(
    const synapus_full_core *core, synapus_core_sample *sample, const synapus_full_sample *full) {
  KERNEL(compare)(core, sample, full);
}
