// The tick of joined circuits over vectors. The including file defines TARGET and KERNEL(name) for
// one instruction set; the compiler splits the vectors where registers are shorter. Only
// single-precision arithmetic that every machine rounds alike, without contraction.
#include "CEmulatorKernels.h"
#include "hash_noise.h"

// Vectors pass between inlined functions only: how a call would pass them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#define INLINE TARGET static inline __attribute__((always_inline))

typedef float KERNEL(joined_f) __attribute__((ext_vector_type(16)));
typedef int32_t KERNEL(joined_i) __attribute__((ext_vector_type(16)));
typedef uint32_t KERNEL(joined_u) __attribute__((ext_vector_type(16)));
typedef uint16_t KERNEL(joined_h) __attribute__((ext_vector_type(32)));
typedef uint8_t KERNEL(joined_b) __attribute__((ext_vector_type(32), aligned(16)));
typedef bool KERNEL(joined_l) __attribute__((ext_vector_type(16)));
#define F KERNEL(joined_f)
#define I KERNEL(joined_i)
#define U KERNEL(joined_u)
#define H KERNEL(joined_h)
#define B KERNEL(joined_b)

INLINE F KERNEL(j_from_whole)(I x) { return __builtin_convertvector(x, F); }

#define MATH_TARGET TARGET
#define REAL F
#define WHOLE I
#define MATH(name) KERNEL(j_##name)
#include "float_math.h"
#undef REAL
#undef WHOLE
#undef MATH
#undef MATH_TARGET

#define LANES 16
// Number `field` of the lanes of a block.
#define OF(block, field) (*(F *)((block) + LANES * SYNAPUS_JOINED_##field))
#define CONSTANT(block, field) (*(const F *)((block) + LANES * SYNAPUS_JOINED_##field))

// The lanes of a mask as bits, and bits as a mask.
INLINE uint32_t KERNEL(joined_bits)(I mask) {
  KERNEL(joined_l) lanes = __builtin_convertvector(mask, KERNEL(joined_l));
  uint16_t bits;
  memcpy(&bits, &lanes, sizeof bits);
  return bits;
}

INLINE I KERNEL(joined_mask)(uint32_t bits) {
  U lanes = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  return (lanes & bits) != 0;
}

// The most events that the memory of a tick holds.
#define MOST_EVENTS 128

// The events of a tick: their rows, and the part of the tick that is left, in 1/64 and for the
// second moment.
typedef struct {
  const uint8_t *rows[MOST_EVENTS];
  uint16_t left[MOST_EVENTS];
  float bow[MOST_EVENTS];
  int32_t count;
} KERNEL(joined_events);

TARGET static inline void KERNEL(joined_prepare)(
    int32_t lanes, const synapus_joined_core *core, synapus_core_sample *samples, int64_t stride,
    KERNEL(joined_events) * events) {
  const synapus_core_sample *sample = samples + core->slot * stride;
  events->count = sample->event_count;
  for (int32_t i = 0; i < sample->event_count; i++) {
    uint32_t event = sample->events[i];
    float left = (float)(64 - (int32_t)(event & 255)) * 0.015625f;
    events->rows[i] = core->weights + (event >> 8) * 2 * (int64_t)lanes;
    __builtin_prefetch(core->non_zero + (event >> 8));
    events->left[i] = (uint16_t)(64 - (event & 255));
    events->bow[i] = 4.0f * left * (1.0f - left);
  }
}

// Sums over the events of a tick, for 32 lanes: charge, charge * u, charge * 4u(1 - u), u the part
// that is left. The first two are whole numbers of 1/64, which single precision holds exactly, so
// that they are the sums of floating-point products in any order.
typedef struct {
  F m0[2], m1[2], m2[2];
} KERNEL(joined_charge);

INLINE void KERNEL(joined_sum)(
    int32_t lane, const KERNEL(joined_events) * events, bool second_order,
    KERNEL(joined_charge) * charge) {
  H total = (H)(0);
  I low = (I)(0), high = (I)(0);
  // Four products of weight and time fill 16 bits.
  for (int32_t first = 0; first < events->count; first += 4) {
    int32_t end = first + 4 < events->count ? first + 4 : events->count;
    H part = (H)(0);
    for (int32_t i = first; i < end; i++) {
      H weight = __builtin_convertvector(*(const B *)(events->rows[i] + lane), H);
      total += weight;
      part += weight * (H)(events->left[i]);
    }
    low += __builtin_convertvector(part.lo, I);
    high += __builtin_convertvector(part.hi, I);
  }
  charge->m0[0] = __builtin_convertvector(__builtin_convertvector(total.lo, I), F);
  charge->m0[1] = __builtin_convertvector(__builtin_convertvector(total.hi, I), F);
  charge->m1[0] = __builtin_convertvector(low, F) * (F)(0.015625f);
  charge->m1[1] = __builtin_convertvector(high, F) * (F)(0.015625f);
  if (!second_order) return;
  charge->m2[0] = charge->m2[1] = (F)(0.0f);
  for (int32_t i = 0; i < events->count; i++) {
    H weight = __builtin_convertvector(*(const B *)(events->rows[i] + lane), H);
    charge->m2[0] += __builtin_convertvector(weight.lo, F) * (F)(events->bow[i]);
    charge->m2[1] += __builtin_convertvector(weight.hi, F) * (F)(events->bow[i]);
  }
}

// The constants and the currents of one block of a core's lanes.
typedef struct {
  const float *inputs, *rare;
  float *currents;
} KERNEL(joined_block);

// What both signs' currents add to the goal in a tick; the currents go to the tick's end.
typedef struct {
  F exc, inh;
} KERNEL(joined_goal);

INLINE KERNEL(joined_goal) KERNEL(joined_rest)(KERNEL(joined_block) b) {
  F exc = OF(b.currents, CURRENT_EXC), inh = OF(b.currents, CURRENT_INH);
  OF(b.currents, CURRENT_EXC) = exc * CONSTANT(b.inputs, LEFT_EXC);
  OF(b.currents, CURRENT_INH) = inh * CONSTANT(b.inputs, LEFT_INH);
  return (KERNEL(joined_goal)){
      exc * CONSTANT(b.inputs, MEAN_EXC), inh * CONSTANT(b.inputs, MEAN_INH)};
}

INLINE KERNEL(joined_goal) KERNEL(joined_receive)(
    KERNEL(joined_block) b, const KERNEL(joined_charge) * e, const KERNEL(joined_charge) * i,
    int32_t half, bool second_order) {
  KERNEL(joined_goal) goal = KERNEL(joined_rest)(b);
  goal.exc += e->m0[half] * CONSTANT(b.inputs, ARRIVE0_EXC)
      + e->m1[half] * CONSTANT(b.inputs, ARRIVE1_EXC);
  goal.inh += i->m0[half] * CONSTANT(b.inputs, ARRIVE0_INH)
      + i->m1[half] * CONSTANT(b.inputs, ARRIVE1_INH);
  F exc = OF(b.currents, CURRENT_EXC), inh = OF(b.currents, CURRENT_INH);
  exc += e->m0[half] + e->m1[half] * CONSTANT(b.inputs, INJECT_EXC);
  inh += i->m0[half] + i->m1[half] * CONSTANT(b.inputs, INJECT_INH);
  if (second_order) {
    goal.exc += e->m2[half] * CONSTANT(b.rare, ARRIVE2_EXC);
    goal.inh += i->m2[half] * CONSTANT(b.rare, ARRIVE2_INH);
    exc += e->m2[half] * CONSTANT(b.rare, INJECT2_EXC);
    inh += i->m2[half] * CONSTANT(b.rare, INJECT2_INH);
  }
  OF(b.currents, CURRENT_EXC) = KERNEL(j_largest)(exc, (F)(0.0f));
  OF(b.currents, CURRENT_INH) = KERNEL(j_largest)(inh, (F)(0.0f));
  return goal;
}

// Saturates both signs where any lane of a block may need it; gives how many did.
TARGET static int32_t KERNEL(joined_saturate)(
    KERNEL(joined_block) b, KERNEL(joined_goal) * goal) {
  F exc = CONSTANT(b.rare, LEVEL_EXC), inh = CONSTANT(b.rare, LEVEL_INH);
  uint32_t beyond = KERNEL(joined_bits)(goal->exc > exc);
  uint32_t below = KERNEL(joined_bits)(goal->inh > inh);
  goal->exc = KERNEL(j_least)(goal->exc, exc);
  goal->inh = KERNEL(j_least)(goal->inh, inh);
  return __builtin_popcount(beyond) + __builtin_popcount(below);
}

// Adds a block's contribution to the goals of its membranes.
INLINE void KERNEL(joined_add)(
    const synapus_joined_cluster *cluster, const synapus_joined_core *core, float *goals,
    int32_t lane, F sum) {
  if (core->whole) {
    *(F *)(goals + lane) += sum;
    return;
  }
  for (int32_t plane = 0; plane < cluster->planes; plane++) {
    uint32_t bits = core->members[plane * (cluster->lanes / LANES) + lane / LANES];
    if (bits == 0) continue;
    F *goal = (F *)(goals + (int64_t)plane * cluster->lanes + lane);
    *goal = KERNEL(joined_mask)(bits) ? *goal + sum : *goal;
  }
}

// Advances the currents of a core, and adds what they do to the goals. Meanwhile the next core's
// rows come from far away: a line of each for every 32 lanes, for not many can come at once.
INLINE void KERNEL(joined_currents)(
    const synapus_joined_cluster *cluster, const synapus_joined_core *core, float *currents,
    float *goals, synapus_core_sample *sample, const KERNEL(joined_events) * events,
    const KERNEL(joined_events) * next, bool silent, bool second_order) {
  int32_t saturated = 0;
  for (int32_t lane = 0; lane < cluster->active; lane += 2 * LANES) {
    for (int32_t i = 0; i < next->count; i++) __builtin_prefetch(next->rows[i] + 2 * lane);
    KERNEL(joined_charge) e, i;
    if (!silent) {
      KERNEL(joined_sum)(lane, events, second_order, &e);
      KERNEL(joined_sum)(cluster->lanes + lane, events, second_order, &i);
    }
    for (int32_t half = 0; half < 2; half++) {
      int32_t block = lane / LANES + half;
      KERNEL(joined_block) b = {
          core->inputs + block * (LANES * SYNAPUS_JOINED_INPUTS),
          core->rare + block * (LANES * SYNAPUS_JOINED_RARE),
          currents + block * (LANES * SYNAPUS_JOINED_CURRENTS)};
      KERNEL(joined_goal) goal = silent ? KERNEL(joined_rest)(b)
                                        : KERNEL(joined_receive)(b, &e, &i, half, second_order);
      F larger = KERNEL(j_largest)(goal.exc, goal.inh);
      if (KERNEL(joined_bits)(larger > (F)(core->least_levels[block]))) {
        saturated += KERNEL(joined_saturate)(b, &goal);
      }
      KERNEL(joined_add)(cluster, core, goals, lane + half * LANES, goal.exc - goal.inh);
    }
  }
  sample->saturated += saturated;
}

TARGET static void KERNEL(joined_drive)(
    const synapus_joined_cluster *cluster, const synapus_joined_core *core, float *currents,
    float *goals, synapus_core_sample *sample, const KERNEL(joined_events) * events,
    const KERNEL(joined_events) * next) {
  if (events->count == 0) {
    KERNEL(joined_currents)
    (cluster, core, currents, goals, sample, events, next, true, false);
  } else if (cluster->second_order) {
    KERNEL(joined_currents)
    (cluster, core, currents, goals, sample, events, next, false, true);
  } else {
    KERNEL(joined_currents)
    (cluster, core, currents, goals, sample, events, next, false, false);
  }
}

INLINE F KERNEL(joined_noise)(uint32_t first, uint32_t key) {
  U lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  U x = (lanes + noise_lane(first)) * NOISE_LANE_STEP + key;
  x = (x ^ (x >> 16)) * NOISE_MULTIPLIER_1;
  x = (x ^ (x >> 15)) * NOISE_MULTIPLIER_2;
  x ^= x >> 16;
  if (first & 16) x >>= 16;
  U sum = (x & 255) + ((x >> 8) & 255);
  return __builtin_convertvector(__builtin_convertvector(sum, I) - NOISE_MEAN, F);
}

// Hands a spike to the core that has the comparator, in ascending columns.
static inline void KERNEL(joined_emit)(synapus_core_sample *sample, uint32_t spike) {
  int32_t place = sample->spike_count++;
  while (place > 0 && sample->spikes[place - 1] > spike) {
    sample->spikes[place] = sample->spikes[place - 1];
    place--;
  }
  sample->spikes[place] = spike;
}

// The membranes of one block, and where they went in the tick.
typedef struct {
  const float *constants;
  int32_t *state;
  const uint8_t *firing;
  int32_t lane;
  F start, after;
  I held;
} KERNEL(joined_membranes);

// Fires lanes of a block: when the membranes met their thresholds, by the straight path bent by
// the leak; then the reset.
TARGET static void KERNEL(joined_fire)(
    const synapus_joined_cluster *cluster, const KERNEL(joined_membranes) * m, I fired,
    synapus_core_sample *samples, int64_t stride) {
  const float *c = m->constants;
  F held = __builtin_convertvector(m->held, F), span = (F)(64.0f) - held;
  F need = CONSTANT(c, THRESHOLD) - m->start, distance = m->after - m->start;
  F straight = need < distance ? need / distance : (F)(1.0f);
  F slack = CONSTANT(c, RATE) * (span * (F)(0.015625f)) * (F)(0.5f);
  F bent = straight - straight * ((F)(1.0f) - straight) * slack;
  F part = need > (F)(0.0f) ? KERNEL(j_largest)(bent, (F)(0.0f)) : (F)(0.0f);
  F moment = KERNEL(j_least)(held + part * span, (F)(63.984375f));
  F nearest = KERNEL(j_least)(moment + (F)(0.5f), (F)(63.0f));
  I phase = __builtin_convertvector(nearest, I);
  I left = __builtin_convertvector(CONSTANT(c, REFRACTORY), I) + phase - 64;
  I reset = __builtin_convertvector(CONSTANT(c, RESET), I);
  I *potential = (I *)(m->state + LANES * SYNAPUS_JOINED_POTENTIAL);
  I *counter = (I *)(m->state + LANES * SYNAPUS_JOINED_HELD);
  *potential = fired ? reset : *potential;
  *counter = fired ? left : *counter;
  for (uint32_t bits = KERNEL(joined_bits)(fired); bits; bits &= bits - 1) {
    int32_t i = __builtin_ctz(bits);
    uint32_t stamp = (uint32_t)((const int32_t *)&phase)[i];
    const synapus_joined_core *core = cluster->cores + m->firing[i];
    KERNEL(joined_emit)(
        samples + core->slot * stride, (uint32_t)(m->lane + i) << 8 | stamp);
  }
}

// Advances the membranes of one block towards their goals, and compares them.
INLINE void KERNEL(joined_advance)(
    const synapus_joined_cluster *cluster, KERNEL(joined_membranes) * m, F drive, F noise,
    synapus_core_sample *samples, int64_t stride) {
  const float *c = m->constants;
  I *potential = (I *)(m->state + LANES * SYNAPUS_JOINED_POTENTIAL);
  I *counter = (I *)(m->state + LANES * SYNAPUS_JOINED_HELD);
  I held = *counter;
  m->start = __builtin_convertvector(*potential, F);
  F goal = CONSTANT(c, REST) + drive, loss = CONSTANT(c, LOSS);
  if (KERNEL(joined_bits)(held > 0)) {
    I most = held < 64 ? held : (I)(64);
    F free = (F)(1.0f) - __builtin_convertvector(most, F) * (F)(0.015625f);
    loss = held > 0 ? (F)(1.0f) - KERNEL(j_exp)(-(CONSTANT(c, RATE) * free)) : loss;
    noise = noise * free;
  }
  F after = m->start + (goal - m->start) * loss + noise;
  after = KERNEL(j_largest)(after, (F)(cluster->rail_low));
  after = KERNEL(j_least)(after, (F)(cluster->rail_high));
  m->after = held >= 64 ? CONSTANT(c, RESET) : after;
  F rounded = m->after + (m->after < (F)(0.0f) ? (F)(-0.5f) : (F)(0.5f));
  *potential = __builtin_convertvector(rounded, I);
  *counter = held > 64 ? held - 64 : (I)(0);
  F limit = CONSTANT(c, THRESHOLD);
  // A membrane that resets to above its threshold may fire again when it has fallen.
  I plateau = (CONSTANT(c, RESET) >= limit) & (m->start >= limit + (F)(1.0f));
  I fired = (m->after >= limit) & (held < 64) & ~plateau;
  m->held = held;
  if (KERNEL(joined_bits)(fired)) KERNEL(joined_fire)(cluster, m, fired, samples, stride);
}

TARGET static void KERNEL(joined_plane)(
    const synapus_joined_cluster *cluster, const synapus_joined_memory *memory, int32_t plane,
    uint32_t key, synapus_core_sample *samples, int64_t stride) {
  int64_t first = (int64_t)plane * cluster->lanes;
  for (int32_t lane = 0; lane < cluster->active; lane += LANES) {
    int64_t block = (first + lane) / LANES;
    KERNEL(joined_membranes) m;
    m.constants = cluster->membranes + block * (LANES * SYNAPUS_JOINED_MEMBRANES);
    m.state = memory->membranes + block * (LANES * SYNAPUS_JOINED_STATES);
    m.firing = cluster->firing + first + lane;
    m.lane = lane;
    F noise = (F)(0.0f);
    if (cluster->noisy) {
      noise = KERNEL(joined_noise)((uint32_t)(first + lane), key) * CONSTANT(m.constants, NOISE);
    }
    F drive = *(const F *)(memory->goals + first + lane);
    KERNEL(joined_advance)(cluster, &m, drive, noise, samples, stride);
  }
}

TARGET static inline void KERNEL(joined_step)(
    const synapus_joined_cluster *cluster, synapus_joined_memory *memory,
    synapus_core_sample *samples, int64_t stride) {
  int64_t size = (int64_t)cluster->planes * cluster->lanes;
  memset(memory->goals, 0, (size_t)size * sizeof(float));
  KERNEL(joined_events) events[2];
  KERNEL(joined_prepare)(cluster->lanes, cluster->cores, samples, stride, &events[0]);
  for (int32_t c = 0; c < cluster->core_count; c++) {
    const synapus_joined_core *core = cluster->cores + c;
    KERNEL(joined_events) *next = &events[(c + 1) & 1];
    next->count = 0;
    if (c + 1 < cluster->core_count) {
      KERNEL(joined_prepare)(cluster->lanes, core + 1, samples, stride, next);
    }
    synapus_core_sample *sample = samples + core->slot * stride;
    sample->spike_count = 0;
    for (int32_t i = 0; i < sample->event_count; i++) {
      memory->synaptic_events += core->non_zero[sample->events[i] >> 8];
    }
    KERNEL(joined_drive)(
        cluster, core, memory->currents + (int64_t)c * cluster->lanes * SYNAPUS_JOINED_CURRENTS,
        memory->goals, sample, &events[c & 1], next);
  }
  uint32_t key = samples[cluster->cores[0].slot * stride].noise_key;
  for (int32_t plane = 0; plane < cluster->planes; plane++) {
    KERNEL(joined_plane)(cluster, memory, plane, key, samples, stride);
  }
}

#undef MOST_EVENTS
#undef F
#undef I
#undef U
#undef H
#undef B
