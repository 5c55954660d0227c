// The tick of joined circuits for AVX-512 (F, BW, VL, DQ).
#include "CEmulatorKernels.h"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) name##_avx512
#include "joined_core_vector.h"

TARGET void synapus_joined_step_avx512(
    const synapus_joined_cluster *cluster, synapus_joined_memory *memory,
    synapus_core_sample *samples, int64_t stride) {
  KERNEL(joined_step)(cluster, memory, samples, stride);
}

#else

// Never called here: the processor has no such instructions.
void synapus_joined_step_avx512(
    const synapus_joined_cluster *cluster, synapus_joined_memory *memory,
    synapus_core_sample *samples, int64_t stride) {
  synapus_joined_step_portable(cluster, memory, samples, stride);
}

#endif
