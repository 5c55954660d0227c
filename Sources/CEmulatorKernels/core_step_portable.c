// The core's tick in plain C, for machines without AVX2 and as the kernels' plain statement.
#include "CEmulatorKernels.h"
#include "crossing.h"
#include "hash_noise.h"

static inline lane_moments moments_of_lane(
    const uint8_t *weights, int32_t lanes, int32_t sign, int32_t lane,
    const synapus_core_sample *sample) {
  int32_t sum0 = 0, sum1 = 0, sum2 = 0;
  for (int32_t i = 0; i < sample->event_count; i++) {
    uint32_t event = sample->events[i];
    int32_t u = 64 - (int32_t)(event & 255), bow = PHASE_BOW(u);
    int32_t w = weights[(int64_t)((event >> 8) * 2 + sign) * lanes + lane];
    sum0 += w;
    sum1 += w * u;
    sum2 += w * bow;
  }
  return (lane_moments){sum0, (sum1 + 8) >> 4, (sum2 + 8) >> 4};
}

static inline int32_t clamp(int32_t x, int32_t a, int32_t b) { return x < a ? a : x > b ? b : x; }

// Currents are read to the nearest whole unit.
static inline int32_t units(int32_t current) { return (current + 0x8000) >> 16; }

static inline int32_t next_current(
    int32_t current, int32_t decay, int32_t inject, int32_t inject2, lane_moments m) {
  int32_t left = current - units(current) * decay;
  if (left < 0) left = 0;
  int32_t injected = m.m0 * pair_low(inject) + m.m1 * pair_high(inject) + m.m2 * inject2;
  uint32_t next = (uint32_t)left + ((uint32_t)injected << 3);
  return next > SYNAPUS_LARGEST_CURRENT ? SYNAPUS_LARGEST_CURRENT : (int32_t)next;
}

static inline const int32_t *constants_of(const synapus_core_constants *core, int32_t lane) {
  return core->constants + (lane >> 4) * (16 * SYNAPUS_CONSTANTS) + (lane & 15);
}

static inline int32_t *state_of(const synapus_core_sample *sample, int32_t lane) {
  return sample->state + (lane >> 4) * (16 * SYNAPUS_STATES) + (lane & 15);
}

// Number `field` of a lane's constants or state.
#define AT(block, field) (block)[16 * SYNAPUS_##field]

static inline int32_t limited(int32_t x, int32_t limit, int64_t *saturated) {
  *saturated += x > limit;
  return x < limit ? x : limit;
}

// The membrane's change in a full tick: leak, currents, and what arrives meanwhile.
static inline int32_t change(
    const int32_t *c, const int32_t *v, lane_moments exc, lane_moments inh, int64_t *saturated) {
  int32_t x_exc = limited(units(AT(v, CURRENT_EXC)), pair_low(AT(c, SATURATION)), saturated);
  int32_t x_inh = limited(units(AT(v, CURRENT_INH)), pair_high(AT(c, SATURATION)), saturated);
  int32_t sum = ((AT(c, REST) - AT(v, MEMBRANE)) >> 9) * AT(c, LEAK);
  sum += x_exc * pair_low(AT(c, DRIVE)) + x_inh * pair_high(AT(c, DRIVE));
  sum += exc.m0 * pair_low(AT(c, JUMP_EXC)) + exc.m1 * pair_high(AT(c, JUMP_EXC));
  sum += inh.m0 * pair_low(AT(c, JUMP_INH)) + inh.m1 * pair_high(AT(c, JUMP_INH));
  sum += exc.m2 * pair_low(AT(c, JUMP2)) + inh.m2 * pair_high(AT(c, JUMP2));
  return sum >> AT(c, SHIFT);
}

static void step_lane(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *sample,
    int32_t lane) {
  const int32_t *c = constants_of(core, lane);
  int32_t *v = state_of(sample, lane);
  lane_moments exc = {0, 0, 0}, inh = {0, 0, 0};
  if (sample->event_count) {
    exc = moments_of_lane(weights, core->lanes, 0, lane, sample);
    inh = moments_of_lane(weights, core->lanes, 1, lane, sample);
  }
  int32_t before = AT(v, MEMBRANE), held = AT(v, REFRACTORY_LEFT);
  int32_t after = before + change(c, v, exc, inh, &sample->saturated);
  if (core->noisy) after += hash_noise(sample->noise_key, (uint32_t)lane) * AT(c, NOISE) >> 4;
  after = clamp(after, core->rail_low, core->rail_high);
  if (held > 0) {
    int32_t part = held < 64 ? bent_part(64 - held, AT(c, CURVATURE)) : 0;
    after = before + ((after - before) * part >> 6);
    AT(v, REFRACTORY_LEFT) = held > 64 ? held - 64 : 0;
  }
  AT(v, MEMBRANE) = after;
  AT(v, CURRENT_EXC) = next_current(
      AT(v, CURRENT_EXC), AT(c, DECAY_EXC), AT(c, INJECT_EXC), AT(c, INJECT2_EXC), exc);
  AT(v, CURRENT_INH) = next_current(
      AT(v, CURRENT_INH), AT(c, DECAY_INH), AT(c, INJECT_INH), AT(c, INJECT2_INH), inh);
  if (after >= AT(c, THRESHOLD) && held < 64) {
    int32_t phase = crossing_phase(before, after, AT(c, THRESHOLD), held, AT(c, CURVATURE));
    AT(v, MEMBRANE) = AT(c, RESET);
    AT(v, REFRACTORY_LEFT) = AT(c, REFRACTORY) + phase - 64;
    sample->spikes[sample->spike_count++] = (uint32_t)lane << 8 | (uint32_t)phase;
  }
}

void synapus_core_step_portable(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch) {
  (void)scratch;
  for (int32_t s = 0; s < count; s++) {
    samples[s].spike_count = 0;
    for (int32_t lane = 0; lane < core->active; lane++) {
      step_lane(core, weights, &samples[s], lane);
    }
  }
}
