// Where within a tick charge arrives, a refractory time ends, and the threshold is crossed.
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

static inline int32_t pair_low(int32_t pair) { return (int16_t)pair; }
static inline int32_t pair_high(int32_t pair) { return pair >> 16; }

// The phase at which the straight, then bent, path from `before` to `after` meets the threshold;
// the path begins at phase `start`. The quotient is that of IEEE single precision, which every
// machine rounds alike.
static inline int32_t crossing_phase(
    int32_t before, int32_t after, int32_t threshold, int32_t start, int32_t curvature) {
  int32_t need = threshold - before, distance = (after - before) >> 4;
  need = need > 0 ? need >> 4 : 0;
  distance = distance > 1 ? distance : 1;
  int32_t fraction = (int32_t)((float)need * 64.0f / (float)distance);
  fraction = fraction < 64 ? fraction : 64;
  fraction -= fraction * (64 - fraction) * curvature >> 18;
  int32_t phase = start + (fraction * (64 - start) >> 6);
  return phase < 63 ? phase : 63;
}
