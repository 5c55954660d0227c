// The core's tick over vectors. The including file defines the vector type and its operations
// for one instruction set, and KERNEL(name) for the names of its functions.
#include "CEmulatorKernels.h"
#include "crossing.h"
#include "hash_noise.h"

// Sums of one moment over two unpacked halves of a block of columns, kept as quotient and
// remainder of 16 so that 16 bits hold them exactly.
typedef struct {
  V quotient[2], remainder[2];
} KERNEL(scaled_sum);

TARGET static inline void KERNEL(add_scaled)(KERNEL(scaled_sum) * sum, int half, V products) {
  sum->quotient[half] = V_ADD16(sum->quotient[half], V_SRL16(products, 4));
  sum->remainder[half] = V_ADD16(sum->remainder[half], V_AND(products, V_SET16(15)));
}

TARGET static inline void KERNEL(store_scaled)(uint16_t *to, const KERNEL(scaled_sum) * sum) {
  V halves[2];
  for (int h = 0; h < 2; h++) {
    V carry = V_SRL16(V_ADD16(sum->remainder[h], V_SET16(8)), 4);
    halves[h] = V_ADD16(sum->quotient[h], carry);
  }
  KERNEL(store_halves)(to, halves[0], halves[1]);
}

static inline int32_t KERNEL(bytes)(uint32_t a, uint32_t b) { return (int32_t)(a | b << 8); }

// Sums the moments of one sign over one block of V_BYTES columns. Events are taken four at a time:
// four products w*u fill 16 bits exactly.
TARGET static inline void KERNEL(accumulate_block)(
    const synapus_core_constants *core, const uint8_t *weights, const synapus_core_sample *sample,
    int32_t column, uint16_t *m0, uint16_t *m1, uint16_t *m2) {
  V charge[2] = {V_ZERO, V_ZERO};
  KERNEL(scaled_sum) first = {{V_ZERO, V_ZERO}, {V_ZERO, V_ZERO}}, second = first;
  int64_t stride = 2 * (int64_t)core->lanes;
  for (int32_t i = 0; i < sample->event_count; i += 4) {
    V p1[2] = {V_ZERO, V_ZERO}, p2[2] = {V_ZERO, V_ZERO};
    for (int32_t j = i; j < i + 4 && j < sample->event_count; j += 2) {
      uint32_t ea = sample->events[j], eb = 64;
      V a = V_LOAD(weights + (ea >> 8) * stride + column), b = V_ZERO;
      if (j + 1 < sample->event_count) {
        eb = sample->events[j + 1];
        b = V_LOAD(weights + (eb >> 8) * stride + column);
      }
      uint32_t ua = 64 - (ea & 255), ub = 64 - (eb & 255);
      V both[2] = {V_UNPACKLO8(a, b), V_UNPACKHI8(a, b)};
      V u = V_SET16((int16_t)KERNEL(bytes)(ua, ub));
      for (int h = 0; h < 2; h++) {
        charge[h] = V_ADD16(charge[h], V_MADDUBS(both[h], V_SET16(0x0101)));
        p1[h] = V_ADD16(p1[h], V_MADDUBS(both[h], u));
      }
      if (core->second_order) {
        V bow = V_SET16((int16_t)KERNEL(bytes)(PHASE_BOW(ua), PHASE_BOW(ub)));
        for (int h = 0; h < 2; h++) p2[h] = V_ADD16(p2[h], V_MADDUBS(both[h], bow));
      }
    }
    for (int h = 0; h < 2; h++) KERNEL(add_scaled)(&first, h, p1[h]);
    if (core->second_order) {
      for (int h = 0; h < 2; h++) KERNEL(add_scaled)(&second, h, p2[h]);
    }
  }
  KERNEL(store_halves)(m0 + column, charge[0], charge[1]);
  KERNEL(store_scaled)(m1 + column, &first);
  if (core->second_order) KERNEL(store_scaled)(m2 + column, &second);
}

// Sums the moments of all columns into `moments`: excitatory 0, 1, 2, then inhibitory.
TARGET static void KERNEL(accumulate)(
    const synapus_core_constants *core, const uint8_t *weights, const synapus_core_sample *sample,
    uint16_t *moments) {
  for (int32_t sign = 0; sign < 2; sign++) {
    uint16_t *m = moments + (int64_t)sign * 3 * core->lanes;
    for (int32_t column = 0; column < core->active; column += V_BYTES) {
      KERNEL(accumulate_block)(
          core, weights + sign * core->lanes, sample, column, m, m + core->lanes,
          m + 2 * core->lanes);
    }
  }
}

// Number `field` of the lanes at a block's constants or state.
#define AT(block, field) ((block) + 16 * SYNAPUS_##field)

// Where the charge of a tick comes from: nowhere, from so few events that a vector sums them
// itself, or from sums over all columns.
typedef enum { SILENT, FEW, MANY } KERNEL(drive);

// Up to this many events a vector sums itself.
#define FEW_EVENTS 2

// The constants and the state of one vector of lanes, and what the tick adds.
typedef struct {
  const int32_t *constants;
  int32_t *state;
  const uint16_t *moments;
  int32_t lane;
} KERNEL(lanes);

// What the vectors of a tick hand on: counts, the hashes that two blocks share, and which vectors
// hold a lane that is refractory or at threshold. Those are few, and are seen to afterwards:
// branches on them would be guessed wrong.
typedef struct {
  const uint8_t *rows[FEW_EVENTS];  // excitatory rows of the few events
  V factors;                        // bytes 1, 1, ua, ub: what their weights count for
  V hash[SYNAPUS_ACTIVE_BLOCK / V_LANES];
  int32_t before[SYNAPUS_MOST_LANES];
  uint32_t special;
  int64_t saturated;
  int32_t spike_count;
} KERNEL(carry);

TARGET static inline V KERNEL(noise_hash)(uint32_t key, int32_t lane) {
  V steps = V_MUL32(KERNEL(lane_indices)(), V_SET32((int32_t)NOISE_LANE_STEP));
  V x = V_ADD32(V_SET32((int32_t)(key + (uint32_t)lane * NOISE_LANE_STEP)), steps);
  x = V_MUL32(V_XOR(x, V_SRL32(x, 16)), V_SET32((int32_t)NOISE_MULTIPLIER_1));
  x = V_MUL32(V_XOR(x, V_SRL32(x, 15)), V_SET32((int32_t)NOISE_MULTIPLIER_2));
  return V_XOR(x, V_SRL32(x, 16));
}

TARGET static inline V KERNEL(noise)(KERNEL(lanes) l, KERNEL(carry) * carry, uint32_t key) {
  V *hash = &carry->hash[l.lane % SYNAPUS_ACTIVE_BLOCK / V_LANES];
  if (l.lane & 16) {
    *hash = V_SRL32(*hash, 16);
  } else {
    *hash = KERNEL(noise_hash)(key, l.lane);
  }
  V bytes = V_MADDUBS(V_AND(*hash, V_SET32(0xFFFF)), V_SET16(0x0101));
  V centred = V_SUB32(bytes, V_SET32(NOISE_MEAN));
  return V_SRA32(V_MUL32(centred, V_LOAD(AT(l.constants, NOISE))), 4);
}

TARGET static inline V KERNEL(next_current)(V current, V units, const int32_t *decay) {
  return V_MAX32(V_SUB32(current, V_MUL32(units, V_LOAD(decay))), V_ZERO);
}

// Adds what arrived in the tick to a current.
TARGET static inline V KERNEL(inject)(V current, V m01, V injected2, const int32_t *inject) {
  V injected = V_ADD32(V_MADD16(m01, V_LOAD(inject)), injected2);
  V next = V_ADD32(current, V_SLL32(injected, 3));
  return V_MINU32(next, V_SET32(SYNAPUS_LARGEST_CURRENT));
}

TARGET static inline V KERNEL(moments01)(const uint16_t *m, int32_t lanes, int32_t lane) {
  return V_OR(V_LOAD_U16(m + lane), V_SLL32(V_LOAD_U16(m + lanes + lane), 16));
}

// Moments 0 and 1 of two events, as a pair: one instruction sums wa + wb beside wa*ua + wb*ub.
TARGET static inline V KERNEL(few_moments01)(const KERNEL(carry) * carry, int64_t place) {
  V both = V_OR(
      KERNEL(spread)(carry->rows[0] + place, 0), KERNEL(spread)(carry->rows[1] + place, 1));
  V sums = V_MADDUBS(both, carry->factors);
  return V_SRL_HIGH4(V_ADD16(sums, V_SET32(8 << 16)));
}

// Looks up the few events of a tick; a single one is taken twice, the second time for nothing.
TARGET static inline void KERNEL(prepare_few)(
    const synapus_core_constants *core, const uint8_t *weights, const synapus_core_sample *sample,
    KERNEL(carry) * carry) {
  uint32_t a = sample->events[0], b = sample->events[sample->event_count - 1];
  uint32_t factors = 1 | (64 - (a & 255)) << 16;
  if (sample->event_count == 2) factors |= 1 << 8 | (64 - (b & 255)) << 24;
  carry->rows[0] = weights + (a >> 8) * 2 * (int64_t)core->lanes;
  carry->rows[1] = weights + (b >> 8) * 2 * (int64_t)core->lanes;
  carry->factors = V_SET32((int32_t)factors);
}

// What arrived in the tick, on currents and on the membrane's sum.
TARGET static inline __attribute__((always_inline)) V KERNEL(arrive)(
    const synapus_core_constants *core, const KERNEL(carry) * carry, KERNEL(lanes) l,
    KERNEL(drive) drive, V *exc, V *inh) {
  const int32_t *c = l.constants;
  int32_t lanes = core->lanes;
  V exc01, inh01, exc2 = V_ZERO, inh2 = V_ZERO;
  if (drive == FEW) {
    exc01 = KERNEL(few_moments01)(carry, l.lane);
    inh01 = KERNEL(few_moments01)(carry, l.lane + lanes);
  } else {
    exc01 = KERNEL(moments01)(l.moments, lanes, l.lane);
    inh01 = KERNEL(moments01)(l.moments + 3 * lanes, lanes, l.lane);
  }
  V sum = V_MADD16(exc01, V_LOAD(AT(c, JUMP_EXC)));
  sum = V_ADD32(sum, V_MADD16(inh01, V_LOAD(AT(c, JUMP_INH))));
  if (drive == MANY && core->second_order) {
    exc2 = V_LOAD_U16(l.moments + 2 * lanes + l.lane);
    inh2 = V_LOAD_U16(l.moments + 5 * lanes + l.lane);
    V both = V_OR(exc2, V_SLL32(inh2, 16));
    sum = V_ADD32(sum, V_MADD16(both, V_LOAD(AT(c, JUMP2))));
    exc2 = V_MUL32(exc2, V_LOAD(AT(c, INJECT2_EXC)));
    inh2 = V_MUL32(inh2, V_LOAD(AT(c, INJECT2_INH)));
  }
  *exc = KERNEL(inject)(*exc, exc01, exc2, AT(c, INJECT_EXC));
  *inh = KERNEL(inject)(*inh, inh01, inh2, AT(c, INJECT_INH));
  return sum;
}

// The few lanes that are refractory: they stay, or move for the rest of the tick only.
TARGET static inline V KERNEL(hold)(KERNEL(lanes) l, V held, V before, V after) {
  V u = V_MAX32(V_SUB32(V_SET32(64), held), V_ZERO);  // 64 and unbent for a lane that is free.
  V bend = V_MUL32(V_MUL32(u, V_SUB32(V_SET32(64), u)), V_LOAD(AT(l.constants, CURVATURE)));
  V part = V_ADD32(u, V_SRA32(bend, 18));
  V_STORE(AT(l.state, REFRACTORY_LEFT), V_MAX32(V_SUB32(held, V_SET32(64)), V_ZERO));
  return V_ADD32(before, V_SRA32(V_MUL32(V_SUB32(after, before), part), 6));
}

// Fires the lanes of a mask: stamps the spikes, resets the membranes, starts the counters.
TARGET static inline void KERNEL(fire)(
    KERNEL(lanes) l, synapus_core_sample *sample, KERNEL(carry) * carry, M fired, V before, V after,
    V held) {
  const int32_t *c = l.constants;
  V need = V_SRA32(V_MAX32(V_SUB32(V_LOAD(AT(c, THRESHOLD)), before), V_ZERO), 4);
  V distance = V_MAX32(V_SRA32(V_SUB32(after, before), 4), V_SET32(1));
  V fraction = V_MIN32(KERNEL(quotient64)(need, distance), V_SET32(64));
  V bow = V_MUL32(fraction, V_SUB32(V_SET32(64), fraction));
  fraction = V_SUB32(fraction, V_SRA32(V_MUL32(bow, V_LOAD(AT(c, CURVATURE))), 18));
  V part = V_SRA32(V_MUL32(fraction, V_SUB32(V_SET32(64), held)), 6);
  V phase = V_MIN32(V_ADD32(held, part), V_SET32(63));
  V left = V_ADD32(V_LOAD(AT(c, REFRACTORY)), V_SUB32(phase, V_SET32(64)));
  V_STORE_MASKED(AT(l.state, MEMBRANE), fired, V_LOAD(AT(c, RESET)));
  V_STORE_MASKED(AT(l.state, REFRACTORY_LEFT), fired, left);
  V stamped = V_OR(V_SLL32(V_ADD32(V_SET32(l.lane), KERNEL(lane_indices)()), 8), phase);
  carry->spike_count += KERNEL(append)(sample->spikes + carry->spike_count, fired, stamped);
}

TARGET static inline __attribute__((always_inline)) void KERNEL(step_lanes)(
    const synapus_core_constants *core, synapus_core_sample *sample, KERNEL(lanes) l,
    KERNEL(carry) * carry, KERNEL(drive) drive, bool noisy) {
  const int32_t *c = l.constants;
  V exc = V_LOAD(AT(l.state, CURRENT_EXC)), inh = V_LOAD(AT(l.state, CURRENT_INH));
  V exc_units = V_SRL32(V_ADD32(exc, V_SET32(0x8000)), 16);
  V inh_units = V_SRL32(V_ADD32(inh, V_SET32(0x8000)), 16);
  V x = V_OR(exc_units, V_SLL32(inh_units, 16));
  V limit = V_LOAD(AT(c, SATURATION));
  carry->saturated += V_COUNT_GT16(x, limit);

  V before = V_LOAD(AT(l.state, MEMBRANE));
  V sum = V_MUL32(V_SRA32(V_SUB32(V_LOAD(AT(c, REST)), before), 9), V_LOAD(AT(c, LEAK)));
  sum = V_ADD32(sum, V_MADD16(V_MIN16(x, limit), V_LOAD(AT(c, DRIVE))));
  exc = KERNEL(next_current)(exc, exc_units, AT(c, DECAY_EXC));
  inh = KERNEL(next_current)(inh, inh_units, AT(c, DECAY_INH));
  if (drive != SILENT) sum = V_ADD32(sum, KERNEL(arrive)(core, carry, l, drive, &exc, &inh));
  V_STORE(AT(l.state, CURRENT_EXC), exc);
  V_STORE(AT(l.state, CURRENT_INH), inh);

  V after = V_ADD32(before, V_SRAV32(sum, V_LOAD(AT(c, SHIFT))));
  if (noisy) after = V_ADD32(after, KERNEL(noise)(l, carry, sample->noise_key));
  after = V_MIN32(V_MAX32(after, V_SET32(core->rail_low)), V_SET32(core->rail_high));
  V_STORE(AT(l.state, MEMBRANE), after);
  V_STORE(carry->before + l.lane, before);
  V held = V_LOAD(AT(l.state, REFRACTORY_LEFT));
  uint32_t special = V_ANY_GE(after, V_LOAD(AT(c, THRESHOLD)), held);
  carry->special |= special << (l.lane / V_LANES);
}

// Holds the refractory lanes of a vector, and fires those at threshold.
TARGET static inline void KERNEL(finish_lanes)(
    synapus_core_sample *sample, KERNEL(lanes) l, KERNEL(carry) * carry) {
  V before = V_LOAD(carry->before + l.lane), after = V_LOAD(AT(l.state, MEMBRANE));
  V held = V_LOAD(AT(l.state, REFRACTORY_LEFT));
  after = KERNEL(hold)(l, held, before, after);
  V_STORE(AT(l.state, MEMBRANE), after);
  M fired = V_MASK_GE_LT(after, V_LOAD(AT(l.constants, THRESHOLD)), held, V_SET32(64));
  if (M_ANY(fired)) KERNEL(fire)(l, sample, carry, fired, before, after, held);
}

TARGET static inline KERNEL(lanes) KERNEL(lanes_at)(
    const synapus_core_constants *core, const synapus_core_sample *sample, const uint16_t *moments,
    int32_t lane) {
  int32_t block = lane / 16, within = lane % 16;
  return (KERNEL(lanes)){
      core->constants + block * (16 * SYNAPUS_CONSTANTS) + within,
      sample->state + block * (16 * SYNAPUS_STATES) + within, moments, lane};
}

TARGET static inline __attribute__((always_inline)) void KERNEL(step_sample)(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *sample,
    const uint16_t *moments, KERNEL(drive) drive, bool noisy) {
  KERNEL(carry) carry;
  carry.special = 0;
  carry.saturated = carry.spike_count = 0;
  if (drive == FEW) KERNEL(prepare_few)(core, weights, sample, &carry);
  for (int32_t lane = 0; lane < core->active; lane += V_LANES) {
    KERNEL(lanes) l = KERNEL(lanes_at)(core, sample, moments, lane);
    KERNEL(step_lanes)(core, sample, l, &carry, drive, noisy);
  }
  for (uint32_t special = carry.special; special; special &= special - 1) {
    int32_t lane = __builtin_ctz(special) * V_LANES;
    KERNEL(finish_lanes)(
        sample, KERNEL(lanes_at)(core, sample, moments, lane), &carry);
  }
  sample->saturated += carry.saturated;
  sample->spike_count = carry.spike_count;
}

TARGET static inline KERNEL(drive) KERNEL(drive_of)(
    const synapus_core_constants *core, const synapus_core_sample *sample) {
  if (sample->event_count == 0) return SILENT;
  return sample->event_count <= FEW_EVENTS && !core->second_order ? FEW : MANY;
}

// Advances samples one after the other; each combination of work has a loop of its own.
TARGET static inline void KERNEL(step_samples)(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *moments) {
  for (int32_t i = 0; i < count; i++) {
    synapus_core_sample *s = &samples[i];
    KERNEL(drive) drive = KERNEL(drive_of)(core, s);
    if (drive == MANY) KERNEL(accumulate)(core, weights, s, moments);
    switch (drive * 2 + core->noisy) {
      case SILENT * 2: KERNEL(step_sample)(core, weights, s, moments, SILENT, false); break;
      case SILENT * 2 + 1: KERNEL(step_sample)(core, weights, s, moments, SILENT, true); break;
      case FEW * 2: KERNEL(step_sample)(core, weights, s, moments, FEW, false); break;
      case FEW * 2 + 1: KERNEL(step_sample)(core, weights, s, moments, FEW, true); break;
      case MANY * 2: KERNEL(step_sample)(core, weights, s, moments, MANY, false); break;
      case MANY * 2 + 1: KERNEL(step_sample)(core, weights, s, moments, MANY, true); break;
    }
  }
}
