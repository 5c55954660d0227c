// What happens in the few lanes that fire or end their refractory time: shared by all kernels.
#pragma once
#include "CEmulatorKernels.h"

// The part of a full tick's change that a membrane makes in the last `part`/64 of it; the leak
// bends the path, so the early part counts for more.
static inline int32_t bent_part(int32_t part, int32_t curvature) {
  return part + (part * (64 - part) * curvature >> 18);
}

// The parabola 4u(1 - u) over the part u of a tick that is left, both in 1/64: 0 at either end.
#define PHASE_BOW(u) (((u) * (64 - (u)) + 8) >> 4)

// The moments of one lane's incoming charge: sums of w, w*u/16 and w*bow(u)/16, u in 1/64 tick.
typedef struct {
  int32_t m0, m1, m2;
} lane_moments;

// A lane's path through the tick: straight up to `onset`, where the charge of the tick sets in
// and adds `jump` until the end.
typedef struct {
  int32_t before, after, start, jump, onset;
} lane_path;

static inline int32_t pair_low(int32_t pair) { return (int16_t)pair; }
static inline int32_t pair_high(int32_t pair) { return pair >> 16; }

// The phase at which a path that is bent by the leak alone meets the threshold.
static inline int32_t straight_crossing(lane_path path, int32_t threshold, int32_t curvature) {
  int32_t distance = path.after - path.before;
  if (distance <= 0) return path.start;
  int32_t fraction = (int32_t)(((int64_t)(threshold - path.before) << 6) / distance);
  fraction -= fraction * (64 - fraction) * curvature >> 18;
  return path.start + (fraction * (64 - path.start) >> 6);
}

// The phase at which a path with charge on the way meets the threshold.
static inline int32_t driven_crossing(lane_path path, int32_t threshold) {
  int64_t base = path.after - path.before - path.jump, need = threshold - path.before;
  if (base > 0 && base * path.onset >= need << 6) return (int32_t)((need << 6) / base);
  int64_t rise = base * (64 - path.onset) + ((int64_t)path.jump << 6);
  if (rise <= 0) return path.onset;
  int64_t phase = ((need * (64 - path.onset) + (int64_t)path.jump * path.onset) << 6) / rise;
  return (int32_t)(phase < path.onset ? path.onset : phase);
}

static inline int32_t crossing_phase(lane_path path, int32_t threshold, int32_t curvature) {
  if (threshold <= path.before) return path.start;
  int32_t phase = path.jump != 0 && path.start == 0
      ? driven_crossing(path, threshold)
      : straight_crossing(path, threshold, curvature);
  return phase < 0 ? 0 : phase < 63 ? phase : 63;
}

// The membrane's change by the charge of the tick, and the mean phase at which it came.
static inline void set_jump(
    lane_path *path, const synapus_core_constants *core, int32_t lane, lane_moments exc,
    lane_moments inh) {
  int32_t charge = exc.m0 + inh.m0;
  if (charge == 0) return;
  int32_t sum = exc.m0 * pair_low(core->jump_exc[lane]) + exc.m1 * pair_high(core->jump_exc[lane]);
  sum += inh.m0 * pair_low(core->jump_inh[lane]) + inh.m1 * pair_high(core->jump_inh[lane]);
  sum += exc.m2 * pair_low(core->jump2[lane]) + inh.m2 * pair_high(core->jump2[lane]);
  path->jump = sum >> core->shift[lane];
  int32_t left = ((exc.m1 + inh.m1) << 4) / charge;
  path->onset = left > 63 ? 0 : left < 1 ? 63 : 64 - left;
}

// Fires one lane: stamps the spike, resets the membrane, starts the refractory counter.
static inline void fire(
    const synapus_core_constants *core, synapus_core_sample *sample, int32_t lane, int32_t before,
    int32_t after, int32_t start, lane_moments exc, lane_moments inh) {
  lane_path path = {before, after, start, 0, 0};
  set_jump(&path, core, lane, exc, inh);
  int32_t phase = crossing_phase(path, core->threshold[lane], core->curvature[lane]);
  sample->membrane[lane] = core->reset[lane];
  sample->refractory_left[lane] = core->refractory[lane] + phase - 64;
  sample->spikes[sample->spike_count++] = (uint32_t)lane << 8 | (uint32_t)phase;
}
