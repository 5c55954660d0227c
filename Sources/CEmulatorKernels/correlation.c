// Pairs of the correlation sensors: plain loops that the compiler vectorises.
#include "correlation.h"
#include "clones.h"

#include <string.h>

// A fused multiply-add rounds once where two instructions round twice.
#pragma STDC FP_CONTRACT OFF

// 2^-x for 0 <= x <= 120: the whole part into the exponent, the rest by its series in base 2,
// relative error below 4e-7.
static inline float halvings(float x) {
  int32_t whole = (int32_t)x;
  float f = x - (float)whole;
  float sum = 1.5252734e-5f - f * 1.3215487e-6f;
  sum = 1.5403530e-4f - f * sum;
  sum = 1.3333558e-3f - f * sum;
  sum = 9.6181291e-3f - f * sum;
  sum = 5.5504109e-2f - f * sum;
  sum = 2.4022651e-1f - f * sum;
  sum = 6.9314718e-1f - f * sum;
  sum = 1.0f - f * sum;
  int32_t bits = (127 - whole) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return sum * scale;
}

static inline uint32_t charged(
    synapus_sensor_line line, int32_t i, int32_t distance, uint32_t largest) {
  float x = (float)distance * line.rate[i];
  x = x < 120.0f ? x : 120.0f;
  uint32_t pair = (uint32_t)(int32_t)(line.amplitude[i] * halvings(x) + 0.5f);
  uint32_t sum = line.charge[i] + pair;
  return sum < largest ? sum : largest;
}

CLONES void synapus_sense_event(
    synapus_sensor_line line, const int32_t *spikes, int32_t since, int32_t time, uint32_t largest,
    int32_t count) {
  for (int32_t block = 0; block < count; block += 16) {
    int32_t any = 0;
    for (int32_t i = block; i < block + 16; i++) {
      any |= spikes[i] >= since && spikes[i] != SYNAPUS_NEVER;
    }
    if (!any) continue;
    for (int32_t i = block; i < block + 16; i++) {
      int32_t last = spikes[i], pairs = last >= since && last != SYNAPUS_NEVER;
      uint32_t sum = charged(line, i, pairs ? time - last : 0, largest);
      line.charge[i] = pairs ? sum : line.charge[i];
    }
  }
}

CLONES void synapus_sense_spike(
    synapus_sensor_line line, const int32_t *events, int32_t since, int32_t time,
    uint32_t largest, int32_t count) {
  for (int32_t block = 0; block < count; block += 16) {
    int32_t any = 0;
    for (int32_t i = block; i < block + 16; i++) any |= events[i] > since;
    if (!any) continue;
    for (int32_t i = block; i < block + 16; i++) {
      int32_t last = events[i], pairs = last > since;
      uint32_t sum = charged(line, i, pairs ? time - last : 0, largest);
      line.charge[i] = pairs ? sum : line.charge[i];
    }
  }
}
