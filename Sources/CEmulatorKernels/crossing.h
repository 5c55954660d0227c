// What happens in the few lanes that fire or end their refractory time: shared by all kernels.
#pragma once
#include "CEmulatorKernels.h"

// The part of a full tick's change that a membrane makes in the last `part`/64 of it; the leak
// bends the path, so the early part counts for more.
static inline int32_t bent_part(int32_t part, int32_t curvature) {
  return part + (part * (64 - part) * curvature >> 18);
}

// The phase at which the straight, then bent, path from `before` to `after` meets the threshold;
// the path begins at phase `start`.
static inline int32_t crossing_phase(
    int32_t before, int32_t after, int32_t threshold, int32_t start, int32_t curvature) {
  int32_t distance = after - before;
  if (distance <= 0 || threshold <= before) return start;
  int32_t fraction = (int32_t)(((int64_t)(threshold - before) << 6) / distance);
  fraction -= fraction * (64 - fraction) * curvature >> 18;
  int32_t phase = start + (fraction * (64 - start) >> 6);
  return phase < 63 ? phase : 63;
}

// Fires one lane: stamps the spike, resets the membrane, starts the refractory counter.
static inline void fire(
    const synapus_core_constants *core, synapus_core_sample *sample, int32_t lane, int32_t before,
    int32_t after, int32_t start) {
  int32_t phase =
      crossing_phase(before, after, core->threshold[lane], start, core->curvature[lane]);
  sample->membrane[lane] = core->reset[lane];
  sample->refractory_left[lane] = core->refractory[lane] + phase - 64;
  sample->spikes[sample->spike_count++] = (uint32_t)lane << 8 | (uint32_t)phase;
}
