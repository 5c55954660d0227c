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

TARGET static inline V KERNEL(noise)(const synapus_core_constants *core, uint32_t key, int32_t lane) {
  V steps = V_MUL32(KERNEL(lane_indices)(), V_SET32((int32_t)NOISE_LANE_STEP));
  V x = V_ADD32(V_SET32((int32_t)(key + (uint32_t)lane * NOISE_LANE_STEP)), steps);
  x = V_MUL32(V_XOR(x, V_SRL32(x, 16)), V_SET32((int32_t)NOISE_MULTIPLIER_1));
  x = V_MUL32(V_XOR(x, V_SRL32(x, 15)), V_SET32((int32_t)NOISE_MULTIPLIER_2));
  x = V_XOR(x, V_SRL32(x, 16));
  V sum = V_MADD16(V_MADDUBS(x, V_SET16(0x0101)), V_SET16(1));
  V centred = V_SUB32(sum, V_SET32(NOISE_MEAN));
  return V_SRA32(V_MUL32(centred, V_LOAD(core->noise + lane)), 4);
}

TARGET static inline V KERNEL(next_current)(V current, V high, const int32_t *decay) {
  return V_MAX32(V_SUB32(current, V_MUL32(high, V_LOAD(decay))), V_ZERO);
}

// Adds what arrived in the tick to a current.
TARGET static inline V KERNEL(inject)(V current, V m01, V injected2, const int32_t *inject) {
  V injected = V_ADD32(V_MADD16(m01, V_LOAD(inject)), injected2);
  return V_ADD32(current, V_SLL32(injected, 3));
}

TARGET static inline V KERNEL(moments01)(const uint16_t *m, int32_t lanes, int32_t lane) {
  return V_OR(V_LOAD_U16(m + lane), V_SLL32(V_LOAD_U16(m + lanes + lane), 16));
}

// The few lanes that are refractory: they stay, or move for the rest of the tick only.
TARGET static inline V KERNEL(hold)(
    const synapus_core_constants *core, int32_t lane, V held, V before, V after) {
  V u = V_MAX32(V_SUB32(V_SET32(64), held), V_ZERO);
  V bend = V_MUL32(V_MUL32(u, V_SUB32(V_SET32(64), u)), V_LOAD(core->curvature + lane));
  V part = V_ADD32(u, V_SRA32(bend, 18));
  V moved = V_SRA32(V_MUL32(V_SUB32(after, before), part), 6);
  return V_ADD32(before, moved);
}

// Fires the lanes of a mask: stamps the spikes, resets the membranes, starts the counters.
TARGET static inline void KERNEL(fire_lanes)(
    const synapus_core_constants *core, synapus_core_sample *sample, int32_t lane, M fired,
    V before, V after, V held) {
  V need = V_SRA32(V_MAX32(V_SUB32(V_LOAD(core->threshold + lane), before), V_ZERO), 4);
  V distance = V_MAX32(V_SRA32(V_SUB32(after, before), 4), V_SET32(1));
  V fraction = V_MIN32(KERNEL(quotient64)(need, distance), V_SET32(64));
  V bend = V_MUL32(V_MUL32(fraction, V_SUB32(V_SET32(64), fraction)), V_LOAD(core->curvature + lane));
  fraction = V_SUB32(fraction, V_SRA32(bend, 18));
  V part = V_SRA32(V_MUL32(fraction, V_SUB32(V_SET32(64), held)), 6);
  V phase = V_MIN32(V_ADD32(held, part), V_SET32(63));
  V left = V_ADD32(V_LOAD(core->refractory + lane), V_SUB32(phase, V_SET32(64)));
  V_STORE_MASKED(sample->membrane + lane, fired, V_LOAD(core->reset + lane));
  V_STORE_MASKED(sample->refractory_left + lane, fired, left);
  V index = V_ADD32(V_SET32(lane), KERNEL(lane_indices)());
  V stamped = V_OR(V_SLL32(index, 8), phase);
  sample->spike_count += KERNEL(append)(sample->spikes + sample->spike_count, fired, stamped);
}

TARGET static inline __attribute__((always_inline)) void KERNEL(step_lanes)(
    const synapus_core_constants *core, synapus_core_sample *sample, const uint16_t *moments,
    int32_t lane, bool driven) {
  V exc = V_LOAD(sample->current_exc + lane), inh = V_LOAD(sample->current_inh + lane);
  V exc_high = V_SRL32(V_ADD32(exc, V_SET32(0x8000)), 16);
  V inh_high = V_SRL32(V_ADD32(inh, V_SET32(0x8000)), 16);
  V x = V_OR(exc_high, V_SLL32(inh_high, 16));
  V limit = V_LOAD(core->saturation + lane);
  sample->saturated += V_COUNT_GT16(x, limit);
  x = V_MIN16(x, limit);

  V before = V_LOAD(sample->membrane + lane);
  V sum = V_MUL32(
      V_SRA32(V_SUB32(V_LOAD(core->rest + lane), before), 9), V_LOAD(core->leak + lane));
  sum = V_ADD32(sum, V_MADD16(x, V_LOAD(core->drive + lane)));
  exc = KERNEL(next_current)(exc, exc_high, core->decay_exc + lane);
  inh = KERNEL(next_current)(inh, inh_high, core->decay_inh + lane);
  if (driven) {
    int32_t lanes = core->lanes;
    V exc01 = KERNEL(moments01)(moments, lanes, lane);
    V inh01 = KERNEL(moments01)(moments + 3 * lanes, lanes, lane);
    V exc2 = V_ZERO, inh2 = V_ZERO;
    sum = V_ADD32(sum, V_MADD16(exc01, V_LOAD(core->jump_exc + lane)));
    sum = V_ADD32(sum, V_MADD16(inh01, V_LOAD(core->jump_inh + lane)));
    if (core->second_order) {
      exc2 = V_LOAD_U16(moments + 2 * lanes + lane);
      inh2 = V_LOAD_U16(moments + 5 * lanes + lane);
      V both = V_OR(exc2, V_SLL32(inh2, 16));
      sum = V_ADD32(sum, V_MADD16(both, V_LOAD(core->jump2 + lane)));
      exc2 = V_MUL32(exc2, V_LOAD(core->inject2_exc + lane));
      inh2 = V_MUL32(inh2, V_LOAD(core->inject2_inh + lane));
    }
    V limit32 = V_SET32(SYNAPUS_LARGEST_CURRENT);
    exc = V_MINU32(KERNEL(inject)(exc, exc01, exc2, core->inject_exc + lane), limit32);
    inh = V_MINU32(KERNEL(inject)(inh, inh01, inh2, core->inject_inh + lane), limit32);
  }
  V_STORE(sample->current_exc + lane, exc);
  V_STORE(sample->current_inh + lane, inh);

  V after = V_ADD32(before, V_SRAV32(sum, V_LOAD(core->shift + lane)));
  if (core->noisy) after = V_ADD32(after, KERNEL(noise)(core, sample->noise_key, lane));
  after = V_MIN32(V_MAX32(after, V_SET32(core->rail_low)), V_SET32(core->rail_high));
  V held = V_LOAD(sample->refractory_left + lane);
  if (V_ANY(held)) {
    after = KERNEL(hold)(core, lane, held, before, after);
    V_STORE(sample->refractory_left + lane, V_MAX32(V_SUB32(held, V_SET32(64)), V_ZERO));
  }
  V_STORE(sample->membrane + lane, after);
  M fired = V_MASK_GE_LT(after, V_LOAD(core->threshold + lane), held, V_SET32(64));
  if (M_ANY(fired)) KERNEL(fire_lanes)(core, sample, lane, fired, before, after, held);
}

TARGET static void KERNEL(step_sample)(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *sample,
    uint16_t *moments) {
  sample->spike_count = 0;
  if (sample->event_count == 0) {
    for (int32_t lane = 0; lane < core->active; lane += V_LANES) {
      KERNEL(step_lanes)(core, sample, moments, lane, false);
    }
    return;
  }
  KERNEL(accumulate)(core, weights, sample, moments);
  for (int32_t lane = 0; lane < core->active; lane += V_LANES) {
    KERNEL(step_lanes)(core, sample, moments, lane, true);
  }
}
