// Digital cores in vectors; the including file says how wide they are.

// One step's decay, towards zero: the low twelve bits and the rest are multiplied apart, so that
// products fit 32 bits.
TARGET static inline V KERNEL(decay)(V x, V keep) {
  V low = V_AND(x, V_SET32(4095));
  V towards_zero = V_SRL32(V_SRA32(x, 31), 20);
  V fraction = V_SRA32(V_ADD32(V_MADD16(low, keep), towards_zero), 12);
  return V_ADD32(V_MUL32(V_SRA32(x, 12), keep), fraction);
}

// One vector of neurons.
TARGET static inline int32_t KERNEL(step_neurons)(
    const synapus_digital_neurons *core, synapus_digital_state *s, int32_t lane, int32_t count,
    bool refractory, bool ternary) {
  V half = V_SET32(core->half_range), range = V_SLL32(half, 1);
  V input = V_SLL32V(V_LOAD(s->input + lane), core->state_shift);
  V u = V_ADD32(KERNEL(decay)(V_LOAD(s->current + lane), V_LOAD(core->current_keep + lane)), input);
  V wrapped = V_SUB32_IF_GT(u, u, half, range);
  wrapped = V_ADD32_IF_GT(wrapped, V_SUB32(V_SET32(1), half), u, range);
  V_STORE(s->current + lane, wrapped);
  V v = KERNEL(decay)(V_LOAD(s->voltage + lane), V_LOAD(core->voltage_keep + lane));
  v = V_ADD32(V_ADD32(v, wrapped), V_LOAD(core->bias + lane));
  v = V_MAX32(V_MIN32(v, V_SET32(core->highest)), V_SET32(core->lowest));
  V left = V_ZERO;
  if (refractory) {
    left = V_LOAD(s->refractory_left + lane);
    v = V_ZERO_IF(v, V_GT(left, V_ZERO));
  }
  M high = V_GT(v, V_LOAD(core->threshold + lane)), fires = high;
  if (ternary) fires = M_OR(high, V_GT(V_LOAD(core->low_threshold + lane), v));
  V_STORE(s->voltage + lane, V_ZERO_IF(v, fires));
  if (refractory) {
    left = V_SELECT(fires, V_LOAD(core->refractory_count + lane), left);
    V_STORE(s->refractory_left + lane, V_MAX32(V_SUB32(left, V_SET32(1)), V_ZERO));
  }
  uint32_t bits = M_BITS(fires);
  if (!bits) return count;
  if (ternary) {
    int32_t n = count;
    for (uint32_t rest = bits; rest; rest &= rest - 1) {
      s->signs[n++] = M_BITS(high) & rest & -rest ? 1 : -1;
    }
  }
  return count + KERNEL(append)(s->spikes + count, bits, lane);
}

TARGET static inline void KERNEL(step_core)(
    const synapus_digital_neurons *core, synapus_digital_state *s, bool refractory, bool ternary) {
  int32_t count = 0;
  for (int32_t lane = 0; lane < core->active; lane += V_LANES) {
    count = KERNEL(step_neurons)(core, s, lane, count, refractory, ternary);
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
TARGET static inline void KERNEL(add_wide)(int32_t *sums, V sum, int32_t shift, bool fresh) {
  V low = V_SLL32V(V_WIDEN16_LOW(sum), shift), high = V_SLL32V(V_WIDEN16_HIGH(sum), shift);
  if (!fresh) {
    low = V_ADD32(low, V_LOAD(sums));
    high = V_ADD32(high, V_LOAD(sums + V_LANES));
  }
  V_STORE(sums, low);
  V_STORE(sums + V_LANES, high);
}

// Sums up to MOST_ROWS8 rows over `vectors` vectors of lanes.
TARGET static inline __attribute__((always_inline)) void KERNEL(sum_rows8)(
    const int8_t *rows, const synapus_digital_rows *r, const uint32_t *axons, int32_t count,
    int32_t *sums, bool fresh, const int32_t vectors) {
  V sum[8];
  UNROLLED for (int32_t i = 0; i < vectors; i++) sum[i] = V_ZERO;
  for (int32_t k = 0; k < count; k++) {
    const int8_t *row = rows + (int64_t)((int32_t)axons[k] - r->first_axon) * r->lanes;
    UNROLLED for (int32_t i = 0; i < vectors; i++) {
      sum[i] = V_ADD16(sum[i], V_LOAD_I8(row + i * WIDE));
    }
  }
  UNROLLED for (int32_t i = 0; i < vectors; i++) {
    KERNEL(add_wide)(sums + i * WIDE, sum[i], r->shift, fresh);
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
      const int8_t *row = rows + (int64_t)((int32_t)axons[k] - r->first_axon) * r->lanes;
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
    KERNEL(add_wide)(sums + i * WIDE, sum[i], r->shift, fresh);
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
    const int16_t *row = rows + (int64_t)((int32_t)axons[k] - r->first_axon) * r->lanes;
    UNROLLED for (int32_t i = 0; i < vectors; i++) {
      V weights = V_LOAD(row + i * WIDE);
      sum[i] = V_ADD16(sum[i], weights);
      if (counts) synapses += V_COUNT_NONZERO16(weights);
    }
  }
  UNROLLED for (int32_t i = 0; i < vectors; i++) {
    KERNEL(add_wide)(sums + i * WIDE, sum[i], r->shift, fresh);
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
