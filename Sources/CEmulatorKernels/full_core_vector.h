// The full core's tick over vectors of 16 circuits. The including file defines TARGET and
// KERNEL(name) for one instruction set; the compiler splits the vectors where registers are
// shorter. Only single-precision arithmetic that every machine rounds alike, without contraction.
#include "CEmulatorKernels.h"
#include "hash_noise.h"

// Vectors pass between inlined functions only: how a call would pass them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#define INLINE TARGET static inline __attribute__((always_inline))

typedef float KERNEL(F) __attribute__((ext_vector_type(16)));
typedef int32_t KERNEL(I) __attribute__((ext_vector_type(16)));
typedef uint32_t KERNEL(U) __attribute__((ext_vector_type(16)));
typedef uint8_t KERNEL(B) __attribute__((ext_vector_type(16)));
typedef bool KERNEL(L) __attribute__((ext_vector_type(16)));
#define F KERNEL(F)
#define I KERNEL(I)
#define U KERNEL(U)
#define B KERNEL(B)

INLINE F KERNEL(v_from_whole)(I x) { return __builtin_convertvector(x, F); }

#define MATH_TARGET TARGET
#define REAL F
#define WHOLE I
#define MATH(name) KERNEL(v_##name)
#include "float_math.h"
#undef REAL
#undef WHOLE
#undef MATH
#undef MATH_TARGET

#define LANES 16
// Number `field` of the lanes at a block's constants or state.
#define AT(block, field) ((block) + LANES * SYNAPUS_FULL_##field)
#define OF(block, field) (*(const F *)AT(block, field))

// The lanes of a mask as bits.
INLINE uint32_t KERNEL(bits_of)(I mask) {
  KERNEL(L) lanes = __builtin_convertvector(mask, KERNEL(L));
  uint16_t bits;
  memcpy(&bits, &lanes, sizeof bits);
  return bits;
}

// The constants and the state of one block of lanes.
typedef struct {
  const float *constants;
  float *full;
  int32_t *state;
  float *pending;
  int32_t lane;
} KERNEL(block);

INLINE KERNEL(block) KERNEL(block_at)(
    const synapus_full_core *core, const synapus_core_sample *sample,
    const synapus_full_sample *full, int32_t lane) {
  int32_t block = lane / LANES;
  return (KERNEL(block)){
      core->constants + block * (LANES * SYNAPUS_FULL_CONSTANTS),
      full->state + block * (LANES * SYNAPUS_FULL_STATES),
      sample->state + block * (LANES * SYNAPUS_STATES), full->pending + lane, lane};
}

#define STATE(b, field) (*(I *)((b).state + LANES * SYNAPUS_##field))
#define FULL(b, field) (*(F *)AT((b).full, field))

// An event of the tick: its rows, and what a charge of 1 adds to each moment.
typedef struct {
  int64_t rows;
  float m0, m1, m2;
} KERNEL(event);

// The most events that the memory of a tick holds.
#define MOST_EVENTS 128

// The events of a tick, as all blocks of lanes read them.
typedef struct {
  KERNEL(event) list[MOST_EVENTS];
  int32_t count;
} KERNEL(events);

TARGET static inline void KERNEL(prepare)(
    const synapus_full_core *core, const synapus_core_sample *sample,
    const synapus_full_sample *full, KERNEL(events) * events) {
  events->count = sample->event_count;
  for (int32_t i = 0; i < sample->event_count; i++) {
    uint32_t event = sample->events[i];
    float left = (float)(64 - (int32_t)(event & 255)) * 0.015625f;
    float amplitude = full->amplitudes ? full->amplitudes[i] : 1.0f;
    events->list[i] = (KERNEL(event)){
        (event >> 8) * 2 * (int64_t)core->lanes, amplitude, amplitude * left,
        amplitude * (4.0f * left * (1.0f - left))};
  }
}

// Sums over the events of a tick: charge, charge * u, charge * 4u(1 - u), u the part that is left.
typedef struct {
  F m0, m1, m2;
} KERNEL(moments);

INLINE KERNEL(moments) KERNEL(moments_of)(
    const synapus_full_core *core, const uint8_t *row, const KERNEL(events) * events) {
  KERNEL(moments) m = {(F)(0.0f), (F)(0.0f), (F)(0.0f)};
  for (int32_t i = 0; i < events->count; i++) {
    const KERNEL(event) *event = &events->list[i];
    F charge = __builtin_convertvector(*(const B *)(row + event->rows), F);
    m.m0 += charge * (F)(event->m0);
    m.m1 += charge * (F)(event->m1);
    if (core->second_order) m.m2 += charge * (F)(event->m2);
  }
  return m;
}

// The currents' means over the tick, as the membrane weighs them; the currents themselves go to
// the tick's end.
typedef struct {
  F excitation, inhibition;
} KERNEL(means);

INLINE KERNEL(means) KERNEL(receive)(
    const synapus_full_core *core, const uint8_t *weights, const KERNEL(events) * events,
    KERNEL(block) b) {
  const float *c = b.constants;
  F exc = FULL(b, CURRENT_EXC), inh = FULL(b, CURRENT_INH);
  KERNEL(means) mean = {exc * OF(c, MEAN_EXC), inh * OF(c, MEAN_INH)};
  exc = exc * OF(c, LEFT_EXC);
  inh = inh * OF(c, LEFT_INH);
  if (events->count) {
    KERNEL(moments) e = KERNEL(moments_of)(core, weights + b.lane, events);
    KERNEL(moments) i = KERNEL(moments_of)(core, weights + core->lanes + b.lane, events);
    mean.excitation += e.m0 * OF(c, ARRIVE0_EXC) + e.m1 * OF(c, ARRIVE1_EXC);
    mean.inhibition += i.m0 * OF(c, ARRIVE0_INH) + i.m1 * OF(c, ARRIVE1_INH);
    exc += e.m0 * OF(c, INJECT0_EXC) + e.m1 * OF(c, INJECT1_EXC);
    inh += i.m0 * OF(c, INJECT0_INH) + i.m1 * OF(c, INJECT1_INH);
    if (core->second_order) {
      mean.excitation += e.m2 * OF(c, ARRIVE2_EXC);
      mean.inhibition += i.m2 * OF(c, ARRIVE2_INH);
      exc += e.m2 * OF(c, INJECT2_EXC);
      inh += i.m2 * OF(c, INJECT2_INH);
    }
  }
  FULL(b, CURRENT_EXC) = KERNEL(v_largest)(exc, (F)(0.0f));
  FULL(b, CURRENT_INH) = KERNEL(v_largest)(inh, (F)(0.0f));
  return mean;
}

// Saturates one sign's current; counts the lanes beyond the level.
INLINE F KERNEL(saturate)(const synapus_full_core *core, F x, F level, I *beyond) {
  *beyond += x > level;
  if (!core->soft) return KERNEL(v_least)(x, level);
  F ratio = x / level;
  return x / __builtin_elementwise_sqrt((F)(1.0f) + ratio * ratio);
}

INLINE F KERNEL(noise)(KERNEL(block) b, uint32_t key) {
  U lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  U x = (lanes + noise_lane((uint32_t)b.lane)) * NOISE_LANE_STEP + key;
  x = (x ^ (x >> 16)) * NOISE_MULTIPLIER_1;
  x = (x ^ (x >> 15)) * NOISE_MULTIPLIER_2;
  x ^= x >> 16;
  if (b.lane & 16) x >>= 16;
  U sum = (x & 255) + ((x >> 8) & 255);
  return __builtin_convertvector(__builtin_convertvector(sum, I) - NOISE_MEAN, F);
}

// The part of a tick in which a membrane is free, and what it does there.
typedef struct {
  F start, goal, pace, part, loss, damping, upswing, noise, growth;
} KERNEL(course);

// How far the exponential term carries a membrane that starts at `start` and drifts by `drift`.
//
// dV/dt = drift + k slope e^((V - onset) / slope) has the solution V + drift + X with
// X = -slope ln(1 - k e^((V - onset) / slope) (e^q - 1) / q), q = drift / slope. Beyond its pole
// the membrane has gone wherever the comparator or the rails stop it. Meanwhile the leak takes its
// part of X: (1 - e^-k) / k of it is left, less a term of third order.
INLINE F KERNEL(upswing)(const float *c, KERNEL(course) * course, F drift) {
  F slope = OF(c, SLOPE), steepness = OF(c, STEEPNESS);
  F q = KERNEL(v_largest)(KERNEL(v_least)(drift * steepness, (F)(40.0f)), (F)(-40.0f));
  F series = (F)(1.0f) + q * ((F)(0.5f) + q * ((F)(0.166666667f) + q * (F)(0.0416666667f)));
  I small = (q < (F)(0.05f)) & (q > (F)(-0.05f));
  F ratio = (KERNEL(v_exp)(q) - (F)(1.0f)) / (small ? (F)(1.0f) : q);
  ratio = small ? series : ratio;
  F z = (course->start - OF(c, ONSET)) * steepness;
  course->growth = course->upswing * KERNEL(v_exp)(z);
  F grown = course->growth * ratio;
  F left = KERNEL(v_largest)((F)(1.0f) - grown, (F)(1e-30f));
  F late = course->part * KERNEL(v_least)(grown, (F)(1.0f)) * (F)(0.0833333333f);
  F carried = -slope * KERNEL(v_log)(left) * (course->damping - late);
  return left > (F)(1e-30f) ? carried : (F)(1e8f);
}

// Takes off the refractory part of the tick: the reset conductance pulls where there is one.
INLINE void KERNEL(hold)(
    const synapus_full_core *core, KERNEL(block) b, F before, I held, KERNEL(course) * course) {
  const float *c = b.constants;
  held = held < 64 ? held : (I)(64);
  F hold = __builtin_convertvector(held, F) * (F)(0.015625f), free = (F)(1.0f) - hold;
  if (core->pulling) {
    F pull = OF(c, RESET_RATE), both = course->pace + pull;
    F aim = (course->pace * course->goal + pull * OF(c, RESET)) / both;
    F pulled = aim + (before - aim) * KERNEL(v_exp)(-(both * hold));
    course->start = ((held > 0) & (pull > (F)(0.0f))) ? pulled : before;
  }
  course->part = course->pace * free;
  F lost = (F)(1.0f) - KERNEL(v_exp)(-course->part);
  course->loss = held > 0 ? lost : course->loss;
  F damped = lost / KERNEL(v_largest)(course->part, (F)(1e-9f));
  course->damping = held > 0 ? damped : course->damping;
  course->upswing = course->upswing * free;
  course->noise = course->noise * free;
}

// Where a membrane goes in a tick, and how fast: leak, synapses, adaptation.
INLINE KERNEL(course) KERNEL(course_of)(
    const synapus_full_core *core, KERNEL(block) b, KERNEL(means) mean, F before, I *beyond) {
  const float *c = b.constants;
  F exc = KERNEL(saturate)(core, mean.excitation, OF(c, LEVEL_EXC), beyond);
  F inh = KERNEL(saturate)(core, mean.inhibition, OF(c, LEVEL_INH), beyond);
  F goal = OF(c, REST) + (exc * OF(c, DRIVE_EXC) + inh * OF(c, DRIVE_INH));
  if (core->adapting) {
    F w = FULL(b, ADAPTING), half = OF(c, ADAPTATION_LOSS) * (F)(0.5f);
    goal = goal - (w + half * (OF(c, ADAPTATION) * (before - OF(c, REST)) - w));
  }
  F pace = OF(c, RATE), loss = OF(c, LOSS), damping = OF(c, DAMPING);
  if (core->conducting) {
    F total = (F)(1.0f) + (exc * OF(c, CONDUCTANCE_EXC) + inh * OF(c, CONDUCTANCE_INH));
    goal = goal / total;
    pace = pace * total;
    loss = (F)(1.0f) - KERNEL(v_exp)(-pace);
    damping = loss / pace;
  }
  return (KERNEL(course)){
      before, goal, pace, pace, loss, damping, OF(c, UPSWING), OF(c, NOISE), (F)(0.0f)};
}

// Advances the membranes of one block to the tick's end.
INLINE void KERNEL(integrate_block)(
    const synapus_full_core *core, const uint8_t *weights, const KERNEL(events) * events,
    uint32_t noise_key, KERNEL(block) b, I *beyond) {
  KERNEL(means) mean = KERNEL(receive)(core, weights, events, b);
  F before = __builtin_convertvector(STATE(b, MEMBRANE), F);
  KERNEL(course) course = KERNEL(course_of)(core, b, mean, before, beyond);
  I held = STATE(b, REFRACTORY_LEFT);
  if (KERNEL(bits_of)(held > 0)) KERNEL(hold)(core, b, before, held, &course);
  F drift = (course.goal - course.start) * course.loss;
  F after = course.start + drift;
  if (core->exponential) after = after + KERNEL(upswing)(b.constants, &course, drift);
  if (core->noisy) after = after + KERNEL(noise)(b, noise_key) * course.noise;
  FULL(b, START) = course.start;
  FULL(b, GOAL) = course.goal;
  FULL(b, PACE) = course.pace;
  FULL(b, DRIFT) = drift;
  FULL(b, GROWTH) = course.growth;
  *(F *)b.pending =
      KERNEL(v_least)(KERNEL(v_largest)(after, (F)(core->rail_low)), (F)(core->rail_high));
}

TARGET static inline void KERNEL(integrate)(
    const synapus_full_core *core, const uint8_t *weights, synapus_core_sample *sample,
    const synapus_full_sample *full) {
  I beyond = (I)(0);
  KERNEL(events) events;
  KERNEL(prepare)(core, sample, full, &events);
  for (int32_t lane = 0; lane < core->active; lane += LANES) {
    KERNEL(block) b = KERNEL(block_at)(core, sample, full, lane);
    KERNEL(integrate_block)(core, weights, &events, sample->noise_key, b, &beyond);
  }
  sample->saturated -= __builtin_reduce_add(beyond);
}

#include "full_core_spikes.h"

INLINE void KERNEL(compare_block)(
    const synapus_full_core *core, synapus_core_sample *sample, KERNEL(block) b) {
  const float *c = b.constants;
  F before = __builtin_convertvector(STATE(b, MEMBRANE), F), after = *(const F *)b.pending;
  after = KERNEL(v_least)(KERNEL(v_largest)(after, (F)(core->rail_low)), (F)(core->rail_high));
  I held = STATE(b, REFRACTORY_LEFT);
  I stuck = (held >= 64) & (OF(c, RESET_RATE) == (F)(0.0f));
  after = stuck ? OF(c, RESET) : after;
  F limit = OF(c, THRESHOLD), shift = FULL(b, SHIFT), sunk = (F)(0.0f), w = FULL(b, ADAPTING);
  if (core->shifting) {
    sunk = shift - shift * OF(c, SHIFT_LEFT);
    limit = limit + (shift - sunk);
    FULL(b, SHIFT) = shift - sunk;
  }
  if (core->adapting) {
    F aim = OF(c, ADAPTATION) * ((before + after) * (F)(0.5f) - OF(c, REST));
    FULL(b, ADAPTING) = w + OF(c, ADAPTATION_LOSS) * (aim - w);
  }
  F rounded = after + (after < (F)(0.0f) ? (F)(-0.5f) : (F)(0.5f));
  STATE(b, MEMBRANE) = __builtin_convertvector(rounded, I);
  STATE(b, REFRACTORY_LEFT) = held > 64 ? held - 64 : (I)(0);
  // A circuit that resets to above its threshold, for a plateau, may fire again when it has fallen.
  I plateau = (OF(c, RESET) >= OF(c, THRESHOLD)) & (FULL(b, START) >= limit + (F)(1.0f));
  I fired = ((after >= limit) & (held < 64) & ~plateau) | (FULL(b, FUSE) >= (F)(0.0f));
  if (!KERNEL(bits_of)(fired)) return;
  KERNEL(tick) tick = {
      FULL(b, START), FULL(b, GOAL), FULL(b, PACE), FULL(b, DRIFT), FULL(b, GROWTH), after, shift,
      sunk, w, __builtin_convertvector(held < 64 ? held : (I)(0), F)};
  KERNEL(fire)(core, sample, b, &tick, fired);
}

TARGET static inline void KERNEL(compare)(
    const synapus_full_core *core, synapus_core_sample *sample, const synapus_full_sample *full) {
  sample->spike_count = 0;
  for (int32_t lane = 0; lane < core->active; lane += LANES) {
    KERNEL(compare_block)(core, sample, KERNEL(block_at)(core, sample, full, lane));
  }
}

#undef MOST_EVENTS
#undef F
#undef I
#undef U
#undef B
