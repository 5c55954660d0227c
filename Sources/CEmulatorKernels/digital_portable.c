// Digital cores in plain C, for machines without AVX2 and as the kernels' plain statement.
#include "CEmulatorKernels.h"

#define TARGET
#define KERNEL(name) digital_##name##_portable
#include "crossbar_core.h"

// Sums may wrap at 32 bits, as those of every kernel do.
static inline int32_t sum(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static inline int32_t shifted(int32_t x, int32_t n) { return (int32_t)((uint32_t)x << n); }

// One step's decay, towards zero.
static inline int32_t decay(int32_t x, int32_t keep) {
  return (int32_t)((int64_t)x * keep / 4096);
}

// A current beyond the register wraps, once.
static inline int32_t wrapped(int32_t u, int32_t half) {
  if (u > half) return sum(u, -2 * half);
  return u <= -half ? sum(u, 2 * half) : u;
}

void synapus_digital_step_portable(
    const synapus_digital_neurons *core, synapus_digital_state *s) {
  s->spike_count = 0;
  for (int32_t l = 0; l < core->active; l++) {
    int32_t u = sum(
        decay(s->current[l], core->current_keep[l]), shifted(s->input[l], core->state_shift));
    u = wrapped(u, core->half_range);
    s->current[l] = u;
    int32_t v = sum(sum(decay(s->voltage[l], core->voltage_keep[l]), u), core->bias[l]);
    v = v > core->highest ? core->highest : v;
    v = v < core->lowest ? core->lowest : v;
    if (core->refractory && s->refractory_left[l] > 0) v = 0;
    bool high = v > core->threshold[l];
    bool fires = high || (core->ternary && v < core->low_threshold[l]);
    s->voltage[l] = fires ? 0 : v;
    if (core->refractory) {
      int32_t left = fires ? core->refractory_count[l] : s->refractory_left[l];
      s->refractory_left[l] = left > 0 ? left - 1 : 0;
    }
    if (!fires) continue;
    if (core->ternary) s->signs[s->spike_count] = high ? 1 : -1;
    s->spikes[s->spike_count++] = (uint32_t)l;
  }
}

int64_t synapus_digital_rows8_portable(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums, bool fresh,
    bool counts) {
  (void)counts;
  if (fresh) {
    for (int32_t l = 0; l < r->lanes; l++) sums[l] = 0;
  }
  for (int32_t k = 0; k < count; k++) {
    const int8_t *row =
        (const int8_t *)r->rows + (int64_t)((int32_t)axons[k] - r->first_axon) * r->lanes;
    for (int32_t l = 0; l < r->lanes; l++) sums[l] = sum(sums[l], shifted(row[l], r->shift));
  }
  return 0;
}

int64_t synapus_digital_rows16_portable(
    const synapus_digital_rows *r, const uint32_t *axons, int32_t count, int32_t *sums, bool fresh,
    bool counts) {
  int64_t synapses = 0;
  if (fresh) {
    for (int32_t l = 0; l < r->lanes; l++) sums[l] = 0;
  }
  for (int32_t k = 0; k < count; k++) {
    const int16_t *row =
        (const int16_t *)r->rows + (int64_t)((int32_t)axons[k] - r->first_axon) * r->lanes;
    for (int32_t l = 0; l < r->lanes; l++) {
      sums[l] = sum(sums[l], shifted(row[l], r->shift));
      if (counts) synapses += row[l] != 0;
    }
  }
  return synapses;
}

void synapus_crossbar_step_portable(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *state) {
  KERNEL(crossbar)(core, state);
}
