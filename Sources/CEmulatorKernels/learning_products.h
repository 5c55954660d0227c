// The learning engine's products: what a factor is on a row and on its lanes, and what a product adds.
#pragma once
#include "CEmulatorKernels.h"
#include "hash_noise.h"
#include "learning.h"

#define BLOCK SYNAPUS_LEARN_BLOCK
// Beyond every accumulator.
#define WIDEST ((int64_t)1 << 26)

// A product on one row: a number for the whole row, times what differs from lane to lane.
typedef struct {
  const synapus_learning_product *product;
  int64_t scalar;
  int32_t constant;            // the whole product, where no factor differs from lane to lane
  const int16_t *changes;      // the whole product by lane, where it is the same on other rows
  int32_t lane_count;
  const synapus_learning_factor *lane_factors[SYNAPUS_MOST_FACTORS];
  const int16_t *lanes[SYNAPUS_MOST_FACTORS];  // NULL: gathered for each block
} KERNEL(row_product);

static inline int32_t KERNEL(clip)(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

static inline int32_t KERNEL(scaled)(
    const synapus_learning_part *part, const synapus_learning_product *p, int64_t x) {
  x >>= p->down;
  x = x < -WIDEST ? -WIDEST : x > WIDEST ? WIDEST : x;
  x = p->up >= 0 ? (int64_t)((uint64_t)x << p->up) : x >> -p->up;
  int64_t low = part->accumulator_low, high = part->accumulator_high;
  return (int32_t)(x < low ? low : x > high ? high : x);
}

static inline int32_t KERNEL(factor)(const synapus_learning_factor *f, int32_t value) {
  int32_t sum = value + f->constant;
  if (f->is_sign) return (sum > 0) - (sum < 0);
  return KERNEL(clip)(sum, f->low, f->high);
}

static inline uint32_t KERNEL(mixed)(uint32_t x) {
  x = (x ^ (x >> 16)) * NOISE_MULTIPLIER_1;
  x = (x ^ (x >> 15)) * NOISE_MULTIPLIER_2;
  return x ^ (x >> 16);
}

// The draws of a block of lanes, of so many bits each: a quarter of a hash that lanes 16, 32 and 48
// apart share, or where that is too short, a half of one that lanes 16 apart share.
TARGET static inline void KERNEL(draws)(
    uint32_t key, int32_t first, int32_t bits, int32_t *draws) {
  if (bits <= 8) {
    for (int32_t i = 0; i < 16; i++) {
      uint32_t x = KERNEL(mixed)(key + (uint32_t)(first + i) * NOISE_LANE_STEP);
      draws[i] = (int32_t)((x & 0xFF) >> (8 - bits));
      draws[16 + i] = (int32_t)((x >> 8 & 0xFF) >> (8 - bits));
      draws[32 + i] = (int32_t)((x >> 16 & 0xFF) >> (8 - bits));
      draws[48 + i] = (int32_t)(x >> 24 >> (8 - bits));
    }
    return;
  }
  for (int32_t half = 0; half < BLOCK; half += 32) {
    for (int32_t i = 0; i < 16; i++) {
      uint32_t x = KERNEL(mixed)(key + (uint32_t)(first + half + i) * NOISE_LANE_STEP);
      draws[half + i] = (int32_t)((x & 0xFFFF) >> (16 - bits));
      draws[half + 16 + i] = (int32_t)(x >> 16 >> (16 - bits));
    }
  }
}

// One lane's bit as a mask of 32 bits.
TARGET static inline void KERNEL(masks)(uint64_t word, int32_t *masks) {
  for (int32_t half = 0; half < 2; half++) {
    uint32_t bits = (uint32_t)(word >> (32 * half));
    for (uint32_t i = 0; i < 32; i++) masks[32 * half + (int32_t)i] = -(int32_t)(bits >> i & 1);
  }
}

// What the lanes of a block have of a factor's variable.
TARGET static inline void KERNEL(lane_values)(
    const synapus_learning_part *part, int32_t row, int32_t first, int32_t variable,
    const int16_t *lanes, int32_t *values) {
  if (lanes) {
    for (int32_t i = 0; i < BLOCK; i++) values[i] = lanes[first + i];
    return;
  }
  const uint16_t *spiked_at = part->post.spiked_at + first;
  if (variable == SYNAPUS_Y0) {
    for (int32_t i = 0; i < BLOCK; i++) values[i] = spiked_at[i] != 0;
  } else if (variable == SYNAPUS_D) {
    const uint8_t *delays = part->delays + (int64_t)row * part->lanes + first;
    for (int32_t i = 0; i < BLOCK; i++) values[i] = delays[i];
  } else {
    // A presynaptic trace at the lanes' own last spikes.
    const synapus_learning_side *pre = &part->pre;
    const int16_t *history = pre->history + (int64_t)(variable - SYNAPUS_X1) * pre->padded + row;
    int64_t stride = (int64_t)pre->traces * pre->padded;
    for (int32_t i = 0; i < BLOCK; i++) {
      values[i] = spiked_at[i] ? history[pre->positions[spiked_at[i]] * stride] : 0;
    }
  }
}

// The product on a block of lanes.
TARGET static inline void KERNEL(evaluate)(
    const synapus_learning_part *part, const KERNEL(row_product) *p, int32_t row, int32_t first,
    int32_t *result) {
  int32_t values[BLOCK], clipped[BLOCK];
  int64_t wide[BLOCK];
  const synapus_learning_product *product = p->product;
  for (int32_t i = 0; i < BLOCK; i++) result[i] = (int32_t)p->scalar;
  if (product->wide) for (int32_t i = 0; i < BLOCK; i++) wide[i] = p->scalar;
  for (int32_t k = 0; k < p->lane_count; k++) {
    const synapus_learning_factor *f = p->lane_factors[k];
    KERNEL(lane_values)(part, row, first, f->variable, p->lanes[k], values);
    int32_t constant = f->constant, low = f->low, high = f->high;
    if (f->is_sign) {
      for (int32_t i = 0; i < BLOCK; i++) {
        int32_t sum = values[i] + constant;
        clipped[i] = (sum > 0) - (sum < 0);
      }
    } else {
      for (int32_t i = 0; i < BLOCK; i++) {
        clipped[i] = KERNEL(clip)(values[i] + constant, low, high);
      }
    }
    if (product->wide) {
      for (int32_t i = 0; i < BLOCK; i++) {
        wide[i] = (int64_t)((uint64_t)wide[i] * (uint64_t)(int64_t)clipped[i]);
      }
    } else {
      for (int32_t i = 0; i < BLOCK; i++) result[i] *= clipped[i];
    }
  }
  if (product->wide) {
    for (int32_t i = 0; i < BLOCK; i++) result[i] = KERNEL(scaled)(part, product, wide[i]);
    return;
  }
  int32_t down = product->down, up = product->up;
  int32_t low = part->accumulator_low, high = part->accumulator_high;
  if (up < 0) {
    // An arithmetic shift of 32 bits or more leaves the sign.
    int32_t both = down - up > 31 ? 31 : down - up;
    for (int32_t i = 0; i < BLOCK; i++) result[i] = KERNEL(clip)(result[i] >> both, low, high);
  } else {
    // What would leave the accumulator's range after the shift to the left is clipped before it.
    down = down > 31 ? 31 : down;
    int32_t lowest = -(int32_t)(((int64_t)-low + ((int64_t)1 << up) - 1) >> up);
    int32_t highest = (int32_t)(((int64_t)high + ((int64_t)1 << up) - 1) >> up);
    for (int32_t i = 0; i < BLOCK; i++) {
      int32_t shifted = KERNEL(clip)(result[i] >> down, lowest, highest);
      result[i] = KERNEL(clip)((int32_t)((uint32_t)shifted << up), low, high);
    }
  }
}

// The accumulators of a block without their fractions, rounded up by chance.
TARGET static inline void KERNEL(rounded)(
    const synapus_learning_part *part, uint32_t key, int32_t first, int32_t *sums) {
  int32_t bits = part->fraction_bits, fraction = (1 << bits) - 1;
  int32_t draws[BLOCK];
  KERNEL(draws)(key, first, bits, draws);
  for (int32_t i = 0; i < BLOCK; i++) {
    sums[i] = (sums[i] >> bits) + (draws[i] < (sums[i] & fraction));
  }
}

// What the rows' own draws have in common.
static inline uint32_t KERNEL(row_key)(uint32_t key, int32_t row) {
  return KERNEL(mixed)(key + (uint32_t)row * NOISE_LANE_STEP);
}

// Finds the value that a factor has on the whole row, or what it has lane by lane; false when the
// factor differs from lane to lane.
TARGET static inline bool KERNEL(row_value)(
    const synapus_learning_part *part, const synapus_learning_factor *f, int32_t gate, int32_t row,
    int32_t *value, const int16_t **lanes) {
  const synapus_learning_side *pre = &part->pre, *post = &part->post;
  int64_t place = (int64_t)row * part->lanes;
  *lanes = 0;
  switch (f->variable) {
    case SYNAPUS_X0: *value = pre->spiked_at[row] != 0; return true;
    case SYNAPUS_R: *value = part->reward; return true;
    case SYNAPUS_X1:
    case SYNAPUS_X2: {
      int32_t k = f->variable - SYNAPUS_X1;
      if (gate == SYNAPUS_GATE_POST && part->causal) {
        *lanes = part->causal + place;
        return false;
      }
      if (gate == SYNAPUS_GATE_POST && pre->history_count != 1) return false;
      *value = gate == SYNAPUS_GATE_PRE ? pre->at_spike[k][row]
             : gate == SYNAPUS_GATE_EPOCH ? pre->now[k][row]
                                          : pre->history[(int64_t)k * pre->padded + row];
      return true;
    }
    case SYNAPUS_Y0:
      *value = 1;
      return gate == SYNAPUS_GATE_POST;
    case SYNAPUS_Y1:
    case SYNAPUS_Y2:
    case SYNAPUS_Y3: {
      int32_t k = f->variable - SYNAPUS_Y1;
      if (gate == SYNAPUS_GATE_PRE && part->acausal) {
        *lanes = part->acausal + place;
        return false;
      }
      int64_t position = gate == SYNAPUS_GATE_PRE ? post->positions[pre->spiked_at[row]] : 0;
      *lanes = gate == SYNAPUS_GATE_PRE
                   ? post->history + (position * post->traces + k) * post->padded
             : gate == SYNAPUS_GATE_POST ? post->at_spike[k] : post->now[k];
      return false;
    }
    case SYNAPUS_W: *lanes = part->weights + place; return false;
    case SYNAPUS_T: *lanes = part->tags + place; return false;
    case SYNAPUS_E: *lanes = part->error; return false;
    case SYNAPUS_P: *lanes = part->membrane; return false;
    default: return false;
  }
}

// Whether a presynaptic trace is 0 at all places that products read, and so the factor.
TARGET static inline bool KERNEL(is_silent)(
    const synapus_learning_part *part, const synapus_learning_factor *f, int32_t row) {
  if (f->variable != SYNAPUS_X1 && f->variable != SYNAPUS_X2) return false;
  if (f->constant != 0) return false;
  const synapus_learning_side *pre = &part->pre;
  int32_t any = 0;
  for (int32_t position = 0; position < pre->history_count; position++) {
    int64_t line = (int64_t)position * pre->traces + (f->variable - SYNAPUS_X1);
    any |= pre->history[line * pre->padded + row];
  }
  return any == 0;
}

// What products add by lane on rows that are alike: those with their spikes at one place.
typedef struct {
  int32_t place[SYNAPUS_MOST_PRODUCTS];  // for which the changes were computed; -1: for none
  bool fits[SYNAPUS_MOST_PRODUCTS];      // whether they all fit 16 bits
} KERNEL(change_cache);

// Whether nothing that a product reads is a row's or a synapse's own, but the place of a spike.
static inline bool KERNEL(is_alike)(
    const synapus_learning_part *part, const synapus_learning_product *product) {
  for (int32_t k = 0; k < product->factor_count; k++) {
    int32_t variable = product->factors[k].variable;
    bool is_own = variable == SYNAPUS_X1 || variable == SYNAPUS_X2 || variable == SYNAPUS_W
               || variable == SYNAPUS_D || variable == SYNAPUS_T
               || (variable == SYNAPUS_X0 && product->gate != SYNAPUS_GATE_PRE)
               || (variable == SYNAPUS_Y1 && part->acausal);
    if (is_own) return false;
  }
  return true;
}

// Computes what a product adds by lane, or takes it from the row before.
TARGET static void KERNEL(find_changes)(
    const synapus_learning_part *part, KERNEL(change_cache) *cache, KERNEL(row_product) *p,
    int32_t row) {
  int64_t k = p->product - part->products;
  int16_t *changes = part->lane_changes + k * part->lanes;
  int32_t place = p->product->gate == SYNAPUS_GATE_PRE ? part->pre.spiked_at[row] : 0;
  if (cache->place[k] != place) {
    int32_t change[BLOCK], least = 0;
    for (int32_t first = 0; first < part->lanes; first += BLOCK) {
      KERNEL(evaluate)(part, p, row, first, change);
      for (int32_t i = 0; i < BLOCK; i++) {
        changes[first + i] = (int16_t)change[i];
        least = change[i] < least ? change[i] : least;
        least = change[i] > 32767 ? -65536 : least;
      }
    }
    cache->place[k] = place;
    cache->fits[k] = least >= -32768;
  }
  if (cache->fits[k]) p->changes = changes;
}

// Prepares a product for a row; false when it adds nothing there.
TARGET static inline bool KERNEL(prepare)(
    const synapus_learning_part *part, const synapus_learning_product *product, int32_t row,
    KERNEL(change_cache) *cache, KERNEL(row_product) *out) {
  out->product = product;
  out->lane_count = 0;
  out->changes = 0;
  uint64_t scalar = (uint64_t)(int64_t)product->mantissa;
  for (int32_t k = 0; k < product->factor_count; k++) {
    const synapus_learning_factor *f = product->factors + k;
    int32_t value = 0;
    const int16_t *lanes;
    if (KERNEL(row_value)(part, f, product->gate, row, &value, &lanes)) {
      scalar *= (uint64_t)(int64_t)KERNEL(factor)(f, value);
      if (scalar == 0) return false;
    } else {
      if (!lanes && KERNEL(is_silent)(part, f, row)) return false;
      out->lane_factors[out->lane_count] = f;
      out->lanes[out->lane_count++] = lanes;
    }
  }
  out->scalar = (int64_t)scalar;
  out->constant = KERNEL(scaled)(part, product, out->scalar);
  if (out->lane_count > 0 && KERNEL(is_alike)(part, product)) {
    KERNEL(find_changes)(part, cache, out, row);
  }
  return out->lane_count > 0 || out->constant != 0;
}
