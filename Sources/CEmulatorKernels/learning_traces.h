// What stands around an epoch's products: the replay of traces, and the way of learned weights to
// the effective ones.
#pragma once
#include <string.h>

#include "learning_products.h"

// Bakes whole vectors of columns; returns how many columns it has done.
static int32_t KERNEL(bake_vectors)(
    const int16_t *weights, const uint16_t *factors, int32_t lanes, int32_t steps, int32_t count,
    uint8_t *excitatory, uint8_t *inhibitory);

// Effective weights of one row: (|weight| * steps * factor + 128) >> 8, from its halves.
TARGET static inline void KERNEL(bake_columns)(
    const int16_t *restrict weights, const uint16_t *restrict factors, int32_t lanes, int32_t steps,
    int32_t first, int32_t count, uint8_t *restrict excitatory, uint8_t *restrict inhibitory) {
  for (int32_t i = first; i < count; i++) {
    int16_t weight = weights[i];
    uint16_t size = (uint16_t)((weight < 0 ? -weight : weight) * steps);
    uint16_t factor = weight < 0 ? factors[lanes + i] : factors[i];
    uint16_t low = (uint16_t)((uint32_t)size * factor);
    uint16_t high = (uint16_t)((uint32_t)size * factor >> 16);
    uint16_t charge = (uint16_t)((uint16_t)(high << 8) + (low >> 8) + (low >> 7 & 1));
    charge = charge > 255 ? 255 : charge;
    excitatory[i] = (uint8_t)(weight > 0 ? charge : 0);
    inhibitory[i] = (uint8_t)(weight < 0 ? charge : 0);
  }
}

TARGET static void KERNEL(bake_rows)(const synapus_bake *bake) {
  uint8_t unused[SYNAPUS_MOST_LANES];
  for (int32_t k = 0; k < bake->row_count; k++) {
    int64_t row = bake->rows[k], pair = row * 2 * bake->lanes;
    uint8_t *excitatory = bake->effective + pair;
    uint8_t *inhibitory = bake->keeps_inhibition ? unused : excitatory + bake->lanes;
    const int16_t *weights = bake->weights + row * bake->stride;
    const uint16_t *factors = bake->factors + pair;
    int32_t done = KERNEL(bake_vectors)(
        weights, factors, bake->lanes, bake->steps, bake->count, excitatory, inhibitory);
    KERNEL(bake_columns)(
        weights, factors, bake->lanes, bake->steps, done, bake->count, excitatory, inhibitory);
    bake->stale[row] = true;
  }
}

// One trace of a block of 32 neurons over the epoch.
TARGET static void KERNEL(replay_block)(const synapus_learning_trace *t, int32_t first) {
  int32_t values[32], impulse_at[32], spiked_at[32], any = 0, last = 0;
  for (int32_t i = 0; i < 32; i++) {
    values[i] = t->values[first + i];
    impulse_at[i] = t->impulse_at[first + i];
    spiked_at[i] = t->spiked_at[first + i];
    any |= values[i] | impulse_at[i];
    last = impulse_at[i] > last ? impulse_at[i] : last;
  }
  int64_t stride = (int64_t)t->traces * t->padded;
  if (any == 0) {
    for (int32_t i = 0; i < 32; i++) t->at_spike[first + i] = 0;
    for (int32_t k = 0; t->history && k < t->history_count; k++) {
      memset(t->history + k * stride + first, 0, 32 * sizeof(int16_t));
    }
    return;
  }
  int32_t at_spike[32] = {0};
  for (int32_t place = 1; place <= t->epoch_ticks; place++) {
    int32_t draws[32], rising = 0;
    for (int32_t i = 0; i < 16; i++) {
      uint32_t lane = (uint32_t)(first + i);
      uint32_t x = KERNEL(mixed)(t->decay_keys[place - 1] + lane * NOISE_LANE_STEP);
      draws[i] = (int32_t)(x & 0xFFFF);
      draws[16 + i] = (int32_t)(x >> 16);
    }
    for (int32_t i = 0; i < 32; i++) {
      int32_t product = values[i] * t->kept;
      values[i] = (product >> 16) + (draws[i] < (product & 0xFFFF));
      rising |= impulse_at[i] == place;
    }
    if (rising) {
      for (int32_t i = 0; i < 32; i++) {
        uint32_t lane = (uint32_t)(first + i);
        uint32_t x = KERNEL(mixed)(t->impulse_keys[place - 1] + (lane & ~16u) * NOISE_LANE_STEP);
        int32_t draw = (int32_t)((lane & 16 ? x >> 16 : x) & 255);
        int32_t more = values[i] + t->impulse + (draw < t->impulse_fraction);
        more = more < 0 ? 0 : more > t->largest ? t->largest : more;
        values[i] = impulse_at[i] == place ? more : values[i];
      }
    }
    for (int32_t i = 0; i < 32; i++) at_spike[i] = spiked_at[i] == place ? values[i] : at_spike[i];
    if (t->history && t->positions[place] >= 0) {
      int16_t *to = t->history + t->positions[place] * stride + first;
      for (int32_t i = 0; i < 32; i++) to[i] = (int16_t)values[i];
    }
  }
  for (int32_t i = 0; i < 32; i++) {
    t->values[first + i] = (int16_t)values[i];
    t->at_spike[first + i] = (int16_t)at_spike[i];
  }
}

TARGET static void KERNEL(replay)(const synapus_learning_trace *t) {
  for (int32_t first = 0; first < t->padded; first += 32) KERNEL(replay_block)(t, first);
}
