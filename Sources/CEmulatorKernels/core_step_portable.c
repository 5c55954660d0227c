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

// Fires one lane: stamps the spike, resets the membrane, starts the refractory counter.
static inline void fire(
    const synapus_core_constants *core, synapus_core_sample *sample, int32_t lane, int32_t before,
    int32_t start) {
  int32_t phase = crossing_phase(
      before, sample->membrane[lane], core->threshold[lane], start, core->curvature[lane]);
  sample->membrane[lane] = core->reset[lane];
  sample->refractory_left[lane] = core->refractory[lane] + phase - 64;
  sample->spikes[sample->spike_count++] = (uint32_t)lane << 8 | (uint32_t)phase;
}

static void step_lane(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *sample,
    int32_t lane) {
  lane_moments exc = {0, 0, 0}, inh = {0, 0, 0};
  if (sample->event_count) {
    exc = moments_of_lane(weights, core->lanes, 0, lane, sample);
    inh = moments_of_lane(weights, core->lanes, 1, lane, sample);
  }
  int32_t x_exc = units(sample->current_exc[lane]), x_inh = units(sample->current_inh[lane]);
  int32_t limit_exc = pair_low(core->saturation[lane]), limit_inh = pair_high(core->saturation[lane]);
  sample->saturated += (x_exc > limit_exc) + (x_inh > limit_inh);
  x_exc = x_exc < limit_exc ? x_exc : limit_exc;
  x_inh = x_inh < limit_inh ? x_inh : limit_inh;

  int32_t before = sample->membrane[lane];
  int32_t sum = ((core->rest[lane] - before) >> 9) * core->leak[lane];
  sum += x_exc * pair_low(core->drive[lane]) + x_inh * pair_high(core->drive[lane]);
  sum += exc.m0 * pair_low(core->jump_exc[lane]) + exc.m1 * pair_high(core->jump_exc[lane]);
  sum += inh.m0 * pair_low(core->jump_inh[lane]) + inh.m1 * pair_high(core->jump_inh[lane]);
  sum += exc.m2 * pair_low(core->jump2[lane]) + inh.m2 * pair_high(core->jump2[lane]);
  int32_t after = before + (sum >> core->shift[lane]);
  if (core->noisy) {
    after += hash_noise(sample->noise_key, (uint32_t)lane) * core->noise[lane] >> 4;
  }
  after = clamp(after, core->rail_low, core->rail_high);
  int32_t held = sample->refractory_left[lane];
  if (held > 0) {
    int32_t part = held < 64 ? bent_part(64 - held, core->curvature[lane]) : 0;
    after = before + ((after - before) * part >> 6);
    sample->refractory_left[lane] = held > 64 ? held - 64 : 0;
  }
  sample->membrane[lane] = after;
  sample->current_exc[lane] = next_current(
      sample->current_exc[lane], core->decay_exc[lane], core->inject_exc[lane],
      core->inject2_exc[lane], exc);
  sample->current_inh[lane] = next_current(
      sample->current_inh[lane], core->decay_inh[lane], core->inject_inh[lane],
      core->inject2_inh[lane], inh);
  if (after >= core->threshold[lane] && held < 64) {
    fire(core, sample, lane, before, held);
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
