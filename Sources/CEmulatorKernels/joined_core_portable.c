// The tick of joined circuits in plain vectors, for machines without AVX2.
#include "CEmulatorKernels.h"

#define TARGET
#define KERNEL(name) name##_portable
#include "joined_core_vector.h"

void synapus_joined_step_portable(
    const synapus_joined_cluster *cluster, synapus_joined_memory *memory,
    synapus_core_sample *samples, int64_t stride) {
  KERNEL(joined_step)(cluster, memory, samples, stride);
}
