// One step of a crossbar core, in plain loops for the including file's instruction set.
//
// Random words are CounterRandom's at (step, column, which): 0 the leak, 1 the threshold, 2 + axon
// a synapse.

#define CROSSBAR_LEAK 0
#define CROSSBAR_THRESHOLD 1
#define CROSSBAR_SYNAPSES 2

#define CROSSBAR_MIX_1 0xBF58476D1CE4E5B9u
#define CROSSBAR_MIX_2 0x94D049BB133111EBu
#define CROSSBAR_STEP_B 0xC2B2AE3D27D4EB4Fu
#define CROSSBAR_STEP_C 0x165667B19E3779F9u

TARGET static inline uint64_t KERNEL(mix)(uint64_t z) {
  z = (z ^ (z >> 30)) * CROSSBAR_MIX_1;
  z = (z ^ (z >> 27)) * CROSSBAR_MIX_2;
  return z ^ (z >> 31);
}

TARGET static inline uint64_t KERNEL(word)(uint64_t step_key, int32_t column, uint64_t which) {
  uint64_t line = KERNEL(mix)(step_key ^ (uint64_t)column * CROSSBAR_STEP_B);
  return KERNEL(mix)(line ^ which * CROSSBAR_STEP_C);
}

// A stochastic number acts with its sign where its magnitude is not below eight random bits.
TARGET static inline int32_t KERNEL(chance)(int32_t number, uint64_t word) {
  int32_t magnitude = number < 0 ? -number : number;
  int32_t sign = (number > 0) - (number < 0);
  return magnitude >= (int32_t)(word & 255) ? sign : 0;
}

// The synapses of one axon.
TARGET static inline void KERNEL(add_axon)(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *s, uint32_t axon) {
  const uint64_t *row = core->crossbar + (int64_t)axon * (core->lanes / 64);
  int64_t type = (int64_t)core->axon_types[axon] * core->lanes;
  const int32_t *weights = core->weights + type;
  for (int32_t word = 0; word < core->lanes / 64; word++) {
    if (!row[word]) continue;
    for (int32_t lane = 0; lane < 64; lane++) {
      int32_t set = -(int32_t)(row[word] >> lane & 1);
      s->drive[word * 64 + lane] += weights[word * 64 + lane] & set;
    }
  }
  if (!core->has_stochastic_weights) return;
  for (int32_t word = 0; word < core->lanes / 64; word++) {
    for (uint64_t bits = row[word]; bits; bits &= bits - 1) {
      int32_t column = word * 64 + __builtin_ctzll(bits);
      int32_t weight = core->stochastic_weights[type + column];
      if (!weight) continue;
      uint64_t draw = KERNEL(word)(s->step_key, column, CROSSBAR_SYNAPSES + axon);
      s->drive[column] += KERNEL(chance)(weight, draw);
    }
  }
}

TARGET static inline int32_t KERNEL(limited)(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

// Adds the leak to a membrane that has taken its input.
TARGET static inline void KERNEL(leak)(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *s) {
  for (int32_t lane = 0; lane < core->lanes; lane++) s->draws[lane] = core->leak[lane];
  if (core->has_stochastic_leak) {
    for (int32_t lane = 0; lane < core->lanes; lane++) {
      uint64_t draw = KERNEL(word)(s->step_key, lane, CROSSBAR_LEAK);
      s->draws[lane] += KERNEL(chance)(core->stochastic_leak[lane], draw);
    }
  }
  for (int32_t lane = 0; lane < core->lanes; lane++) {
    int32_t v = s->potential[lane] + s->drive[lane];
    int32_t sign = core->leak_reverses[lane] ? (v > 0) - (v < 0) : 1;
    s->potential[lane] = KERNEL(limited)(v + sign * s->draws[lane], core->lowest, core->highest);
  }
}

// Compares with both thresholds and resets; `draws` has the random part of the threshold, and
// `drive` is -1 for a spike afterwards.
TARGET static inline void KERNEL(fire)(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *s) {
  for (int32_t lane = 0; lane < core->lanes; lane++) {
    int32_t v = s->potential[lane], random = s->draws[lane];
    int32_t reset = core->reset[lane], saturates = core->saturates[lane];
    int32_t above = core->threshold[lane] + random;
    int32_t below = core->negative_threshold[lane] + (random & ~saturates);
    int32_t after_spike = reset == 0 ? core->reset_potential[lane] : reset == 1 ? v - above : v;
    int32_t bounced = reset == 0 ? -core->reset_potential[lane] : reset == 1 ? v + below : v;
    int32_t after_fall = saturates ? -core->negative_threshold[lane] : bounced;
    int32_t next = v >= above ? after_spike : v < -below ? after_fall : v;
    s->potential[lane] = KERNEL(limited)(next, core->lowest, core->highest);
    s->drive[lane] = -(v >= above);
  }
}

TARGET static void KERNEL(crossbar)(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *s) {
  for (int32_t lane = 0; lane < core->lanes; lane++) s->drive[lane] = 0;
  for (int32_t i = 0; i < s->axon_count; i++) KERNEL(add_axon)(core, s, s->axons[i]);
  KERNEL(leak)(core, s);
  for (int32_t lane = 0; lane < core->lanes; lane++) s->draws[lane] = 0;
  if (core->has_random_threshold) {
    for (int32_t lane = 0; lane < core->lanes; lane++) {
      uint64_t draw = KERNEL(word)(s->step_key, lane, CROSSBAR_THRESHOLD);
      s->draws[lane] = (int32_t)(draw & (uint64_t)core->threshold_mask[lane]);
    }
  }
  KERNEL(fire)(core, s);
  s->spike_count = 0;
  for (int32_t lane = 0; lane < core->lanes; lane++) {
    s->spikes[s->spike_count] = (uint32_t)lane;
    s->spike_count += s->drive[lane] & 1;
  }
}
