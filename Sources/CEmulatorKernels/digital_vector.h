// Digital cores in vectors; the including file says how wide they are.

// One step's decay, towards zero: the low twelve bits and the rest are multiplied apart, so that
// products fit 32 bits.
TARGET static inline V KERNEL(decay)(V x, V keep) {
  V low = V_AND(x, V_SET32(4095));
  V towards_zero = V_SRL32(V_SRA32(x, 31), 20);
  V fraction = V_SRA32(V_ADD32(V_MADD16(low, keep), towards_zero), 12);
  return V_ADD32(V_MUL32(V_SRA32(x, 12), keep), fraction);
}

// What all neurons of a core have in common, in registers.
typedef struct {
  V half, less_half, range, lowest, highest;
  SHIFT shift;
} KERNEL(limits);

// The current register of one vector of neurons: decayed, with the input, wrapped once.
TARGET static inline V KERNEL(next_current)(
    V current, V keep, V input, const KERNEL(limits) *limits) {
  V u = V_ADD32(KERNEL(decay)(current, keep), V_SLL32V(input, limits->shift));
  V wrapped = V_SUB32_IF_GT(u, u, limits->half, limits->range);
  return V_ADD32_IF_GT(wrapped, limits->less_half, u, limits->range);
}

// Notes the signs of spikes, high first.
TARGET static inline void KERNEL(note_signs)(int8_t *signs, uint32_t fires, uint32_t high) {
  for (; fires; fires &= fires - 1) *signs++ = high & fires & -fires ? 1 : -1;
}

// Without branches on spikes: where few neurons fire, nobody can guess which.
TARGET static inline __attribute__((always_inline)) void KERNEL(step_core)(
    const synapus_digital_neurons *core, synapus_digital_state *s, const bool refractory,
    const bool ternary) {
  const int32_t *current_keep = core->current_keep, *voltage_keep = core->voltage_keep;
  const int32_t *bias = core->bias, *threshold = core->threshold, *input = s->input;
  int32_t *current = s->current, *voltage = s->voltage, *held = s->refractory_left;
  uint32_t *spikes = s->spikes;
  KERNEL(limits) limits = {
    V_SET32(core->half_range), V_SET32(1 - core->half_range), V_SET32(2 * core->half_range),
    V_SET32(core->lowest), V_SET32(core->highest), V_SHIFT(core->state_shift),
  };
  int32_t count = 0, active = core->active;
  for (int32_t l = 0; l < active; l += V_LANES) {
    V u = KERNEL(next_current)(
        V_LOAD(current + l), V_LOAD(current_keep + l), V_LOAD(input + l), &limits);
    V v = KERNEL(decay)(V_LOAD(voltage + l), V_LOAD(voltage_keep + l));
    v = V_ADD32(V_ADD32(v, u), V_LOAD(bias + l));
    v = V_MAX32(V_MIN32(v, limits.highest), limits.lowest);
    if (refractory) v = V_ZERO_IF(v, V_GT(V_LOAD(held + l), V_ZERO));
    M high = V_GT(v, V_LOAD(threshold + l)), fires = high;
    if (ternary) fires = M_OR(high, V_GT(V_LOAD(core->low_threshold + l), v));
    V_STORE(current + l, u);
    V_STORE(voltage + l, V_ZERO_IF(v, fires));
    if (refractory) {
      V left = V_SELECT(fires, V_LOAD(core->refractory_count + l), V_LOAD(held + l));
      V_STORE(held + l, V_MAX32(V_SUB32(left, V_SET32(1)), V_ZERO));
    }
    if (ternary) KERNEL(note_signs)(s->signs + count, M_BITS(fires), M_BITS(high));
    count += KERNEL(append)(spikes + count, M_BITS(fires), l);
  }
  s->spike_count = count;
}

TARGET static void KERNEL(step)(
    const synapus_digital_neurons *core, synapus_digital_state *s) {
  if (!core->refractory && !core->ternary) return KERNEL(step_core)(core, s, false, false);
  if (!core->ternary) return KERNEL(step_core)(core, s, true, false);
  KERNEL(step_core)(core, s, core->refractory, true);
}

#define WIDE (2 * V_LANES)       // lanes of 16 bits in a vector
#define MOST_ROWS8 255           // rows of int8_t that sums of 16 bits hold
#define MOST_ROWS16 127          // rows of weights up to 256
#define UNROLLED _Pragma("clang loop unroll(full)")

// Adds sums of 16 bits to those of 32.
TARGET static inline void KERNEL(add_wide)(int32_t *sums, V sum, SHIFT shift, bool fresh) {
  V low = V_SLL32V(V_WIDEN16_LOW(sum), shift), high = V_SLL32V(V_WIDEN16_HIGH(sum), shift);
  if (!fresh) {
    low = V_ADD32(low, V_LOAD(sums));
    high = V_ADD32(high, V_LOAD(sums + V_LANES));
  }
  V_STORE(sums, low);
  V_STORE(sums + V_LANES, high);
}

// How many rows ahead memory is asked for: those of large cores come from the third-level cache.
#define ROWS_AHEAD 12

// The part of row k of a list that begins at `rows`; asks for the same part of a later row.
TARGET static inline const void *KERNEL(row)(
    const void *rows, const synapus_digital_rows *r, const uint32_t *axons, int32_t k,
    int32_t count, int32_t bytes_per_lane, int32_t bytes) {
  int64_t stride = (int64_t)r->lanes * bytes_per_lane;
  if (k + ROWS_AHEAD < count) {
    int64_t later = (int32_t)axons[k + ROWS_AHEAD] - r->first_axon;
    const char *ahead = (const char *)rows + later * stride;
    for (int32_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(ahead + byte);
  }
  return (const char *)rows + ((int32_t)axons[k] - r->first_axon) * stride;
}

// Sums up to MOST_ROWS8 rows over `vectors` vectors of lanes.
TARGET static inline __attribute__((always_inline)) void KERNEL(sum_rows8)(
    const int8_t *rows, const synapus_digital_rows *r, const uint32_t *axons, int32_t count,
    int32_t *sums, bool fresh, const int32_t vectors) {
  V sum[8];
  UNROLLED for (int32_t i = 0; i < vectors; i++) sum[i] = V_ZERO;
  for (int32_t k = 0; k < count; k++) {
    const int8_t *row = KERNEL(row)(rows, r, axons, k, count, 1, vectors * WIDE);
    UNROLLED for (int32_t i = 0; i < vectors; i++) {
      sum[i] = V_ADD16(sum[i], V_LOAD_I8(row + i * WIDE));
    }
  }
  UNROLLED for (int32_t i = 0; i < vectors; i++) {
    KERNEL(add_wide)(sums + i * WIDE, sum[i], V_SHIFT(r->shift), fresh);
  }
}

// The same where `group` rows may be added in eight bits: twice as many lanes at once.
TARGET static inline __attribute__((always_inline)) void KERNEL(sum_small_rows8)(
    const int8_t *rows, const synapus_digital_rows *r, const uint32_t *axons, int32_t count,
    int32_t *sums, bool fresh, const int32_t vectors) {
  V sum[8], bytes[4];
  UNROLLED for (int32_t i = 0; i < vectors; i++) sum[i] = V_ZERO;
  for (int32_t k = 0; k < count;) {
    int32_t end = k + r->group < count ? k + r->group : count;
    UNROLLED for (int32_t i = 0; i < vectors / 2; i++) bytes[i] = V_ZERO;
    for (; k < end; k++) {
      const int8_t *row = KERNEL(row)(rows, r, axons, k, count, 1, vectors * WIDE);
      UNROLLED for (int32_t i = 0; i < vectors / 2; i++) {
        bytes[i] = V_ADD8(bytes[i], V_LOAD(row + i * 2 * WIDE));
      }
    }
    UNROLLED for (int32_t i = 0; i < vectors / 2; i++) {
      sum[2 * i] = V_ADD16(sum[2 * i], V_WIDEN8_LOW(bytes[i]));
      sum[2 * i + 1] = V_ADD16(sum[2 * i + 1], V_WIDEN8_HIGH(bytes[i]));
    }
  }
  UNROLLED for (int32_t i = 0; i < vectors; i++) {
    KERNEL(add_wide)(sums + i * WIDE, sum[i], V_SHIFT(r->shift), fresh);
  }
}

// Rows in which so few numbers can be added in eight bits are widened one by one.
#define LEAST_GROUP 4
// Lanes of the vectors that sums are kept in at once.
#define CHUNK (8 * WIDE)
#define SMALL_CHUNK (64 / WIDE)

TARGET static inline void KERNEL(rows8_part)(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh) {
  const int8_t *rows = r->rows;
  int32_t lane = 0;
  for (; lane + CHUNK <= r->lanes; lane += CHUNK) {
    if (r->group < LEAST_GROUP) {
      KERNEL(sum_rows8)(rows + lane, r, axons, count, sums + lane, fresh, 8);
    } else {
      KERNEL(sum_small_rows8)(rows + lane, r, axons, count, sums + lane, fresh, 8);
    }
  }
  for (; lane < r->lanes; lane += 64) {
    KERNEL(sum_rows8)(rows + lane, r, axons, count, sums + lane, fresh, SMALL_CHUNK);
  }
}

TARGET static int64_t KERNEL(rows8)(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh) {
  int32_t k = 0;
  do {
    int32_t part = count - k < MOST_ROWS8 ? count - k : MOST_ROWS8;
    KERNEL(rows8_part)(r, axons + k, part, sums, fresh && k == 0);
    k += part;
  } while (k < count);
  return 0;
}

// Sums up to MOST_ROWS16 rows over `vectors` vectors of lanes.
TARGET static inline __attribute__((always_inline)) int64_t KERNEL(sum_rows16)(
    const int16_t *rows, const synapus_digital_rows *r, const uint32_t *axons, int32_t count,
    int32_t *sums, bool fresh, bool counts, const int32_t vectors) {
  V sum[8];
  int64_t synapses = 0;
  UNROLLED for (int32_t i = 0; i < vectors; i++) sum[i] = V_ZERO;
  for (int32_t k = 0; k < count; k++) {
    const int16_t *row = KERNEL(row)(rows, r, axons, k, count, 2, 2 * vectors * WIDE);
    UNROLLED for (int32_t i = 0; i < vectors; i++) {
      V weights = V_LOAD(row + i * WIDE);
      sum[i] = V_ADD16(sum[i], weights);
      if (counts) synapses += V_COUNT_NONZERO16(weights);
    }
  }
  UNROLLED for (int32_t i = 0; i < vectors; i++) {
    KERNEL(add_wide)(sums + i * WIDE, sum[i], V_SHIFT(r->shift), fresh);
  }
  return synapses;
}

TARGET static inline int64_t KERNEL(rows16_part)(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums, bool fresh,
    bool counts) {
  const int16_t *rows = r->rows;
  int64_t synapses = 0;
  int32_t lane = 0;
  for (; lane + CHUNK <= r->lanes; lane += CHUNK) {
    synapses += KERNEL(sum_rows16)(rows + lane, r, axons, count, sums + lane, fresh, counts, 8);
  }
  for (; lane < r->lanes; lane += 64) {
    synapses += KERNEL(sum_rows16)(
        rows + lane, r, axons, count, sums + lane, fresh, counts, SMALL_CHUNK);
  }
  return synapses;
}

TARGET static int64_t KERNEL(rows16)(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums, bool fresh,
    bool counts) {
  int32_t k = 0;
  int64_t synapses = 0;
  do {
    int32_t part = count - k < MOST_ROWS16 ? count - k : MOST_ROWS16;
    synapses += KERNEL(rows16_part)(r, axons + k, part, sums, fresh && k == 0, counts);
    k += part;
  } while (k < count);
  return synapses;
}
