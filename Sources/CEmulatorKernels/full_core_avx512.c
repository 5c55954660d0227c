// The full core's tick for AVX-512 (F, BW, VL, DQ).
#include "CEmulatorKernels.h"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) name##_avx512
#include "full_core_vector.h"

TARGET void synapus_full_integrate_avx512(
    const synapus_full_core *core, const uint8_t *weights, synapus_core_sample *sample,
    const synapus_full_sample *full) {
  KERNEL(integrate)(core, weights, sample, full);
}

TARGET void synapus_full_compare_avx512(
    const synapus_full_core *core, synapus_core_sample *sample, const synapus_full_sample *full) {
  KERNEL(compare)(core, sample, full);
}

#else

// Never called here: the processor has no such instructions.
void synapus_full_integrate_avx512(
    const synapus_full_core *core, const uint8_t *weights, synapus_core_sample *sample,
    const synapus_full_sample *full) {
  synapus_full_integrate_portable(core, weights, sample, full);
}

void synapus_full_compare_avx512(
    const synapus_full_core *core, synapus_core_sample *sample, const synapus_full_sample *full) {
  synapus_full_compare_portable(core, sample, full);
}

#endif
