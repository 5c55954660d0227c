// The learning engine's epoch. The including file defines TARGET, the instruction set, KERNEL(name)
// for the names of its functions, and after this header KERNEL(add_constants) and
// KERNEL(bake_vectors).
#pragma once
#include "learning_products.h"
#include "learning_traces.h"

// Adds products that are one number each to the weights of a block, where all numbers fit 16 bits;
// returns how many weights changed, or -1 where the block needs the path of all others.
static int32_t KERNEL(add_constants)(
    synapus_learning_part *part, const KERNEL(row_product) *products, int32_t count, int32_t row,
    int32_t first, uint32_t key);

// The accumulators of a block, by target.
typedef struct {
  int32_t sums[3][BLOCK];
  int32_t moved[BLOCK];        // other than 0 where a product has changed the tag
  int32_t targets;             // one bit a target that any product has
} KERNEL(block_sums);

static inline bool KERNEL(has)(const KERNEL(block_sums) * block, int32_t target) {
  return block->targets >> target & 1;
}

// Takes the numbers that the synapses store into the accumulators.
TARGET static inline void KERNEL(load_sums)(
    const synapus_learning_part *part, int64_t place, KERNEL(block_sums) * block) {
  int32_t bits = part->fraction_bits;
  for (int32_t i = 0; i < BLOCK; i++) {
    int32_t weight = part->weights[place + i];
    block->sums[SYNAPUS_TARGET_WEIGHT][i] = (int32_t)((uint32_t)weight << bits);
  }
  for (int32_t i = 0; KERNEL(has)(block, SYNAPUS_TARGET_DELAY) && i < BLOCK; i++) {
    block->sums[SYNAPUS_TARGET_DELAY][i] = part->delays[place + i] << bits;
  }
  for (int32_t i = 0; KERNEL(has)(block, SYNAPUS_TARGET_TAG) && i < BLOCK; i++) {
    int32_t tag = part->tags[place + i];
    block->sums[SYNAPUS_TARGET_TAG][i] = (int32_t)((uint32_t)tag << bits);
    block->moved[i] = 0;
  }
}

// Adds a product to its accumulators.
TARGET static inline void KERNEL(add_product)(
    const synapus_learning_part *part, const KERNEL(row_product) *p, int32_t row, int32_t first,
    KERNEL(block_sums) * block) {
  int32_t change[BLOCK], low = part->accumulator_low, high = part->accumulator_high;
  uint64_t fired = part->fired[first / BLOCK];
  bool needs_spike = p->product->gate == SYNAPUS_GATE_POST;
  if (needs_spike && fired == 0) return;
  if (p->changes) {
    for (int32_t i = 0; i < BLOCK; i++) change[i] = p->changes[first + i];
  } else if (p->lane_count) {
    KERNEL(evaluate)(part, p, row, first, change);
  } else {
    for (int32_t i = 0; i < BLOCK; i++) change[i] = p->constant;
  }
  if (needs_spike) {
    int32_t masks[BLOCK];
    KERNEL(masks)(fired, masks);
    for (int32_t i = 0; i < BLOCK; i++) change[i] &= masks[i];
  }
  int32_t *sum = block->sums[p->product->target];
  for (int32_t i = 0; i < BLOCK; i++) sum[i] = KERNEL(clip)(sum[i] + change[i], low, high);
  if (p->product->target == SYNAPUS_TARGET_TAG) {
    for (int32_t i = 0; i < BLOCK; i++) block->moved[i] |= change[i];
  }
}

TARGET static inline void KERNEL(store_delays)(
    synapus_learning_part *part, int32_t row, int32_t first, const int32_t *exists,
    KERNEL(block_sums) * block) {
  int32_t *delays = block->sums[SYNAPUS_TARGET_DELAY], highest = part->delay_high;
  uint8_t *to = part->delays + (int64_t)row * part->lanes + first;
  KERNEL(rounded)(part, KERNEL(row_key)(part->delay_key, row), first, delays);
  for (int32_t i = 0; i < BLOCK; i++) {
    to[i] = (uint8_t)(KERNEL(clip)(delays[i], 0, highest) & exists[i]);
  }
}

// Stores tags, and carries from them into the weights, which are rounded already.
TARGET static inline void KERNEL(store_tags)(
    synapus_learning_part *part, int32_t row, int32_t first, const int32_t *exists,
    KERNEL(block_sums) * block) {
  int32_t *tags = block->sums[SYNAPUS_TARGET_TAG], *weights = block->sums[SYNAPUS_TARGET_WEIGHT];
  int32_t lowest = part->tag_low, highest = part->tag_high, carry = part->tag_carry;
  int16_t *to = part->tags + (int64_t)row * part->lanes + first;
  KERNEL(rounded)(part, KERNEL(row_key)(part->tag_key, row), first, tags);
  for (int32_t i = 0; i < BLOCK; i++) {
    // A tag beyond the accumulator's range stays where nothing is added to it.
    int32_t tag = block->moved[i] ? KERNEL(clip)(tags[i], lowest, highest) : to[i];
    int32_t step = block->moved[i] && carry ? (tag >= carry) - (tag <= -carry) : 0;
    weights[i] += step;
    to[i] = (int16_t)((tag - step * carry) & exists[i]);
  }
}

// Stores rounded weights; returns how many changed.
TARGET static inline int32_t KERNEL(store_weights)(
    synapus_learning_part *part, int32_t row, int32_t first, const int32_t *exists,
    const int32_t *weights) {
  int32_t lowest = part->weight_low, highest = part->weight_high;
  int32_t changed = 0, saturated = 0, non_zero = 0;
  int16_t *to = part->weights + (int64_t)row * part->lanes + first;
  for (int32_t i = 0; i < BLOCK; i++) {
    int32_t weight = KERNEL(clip)(weights[i], lowest, highest) & exists[i], old = to[i];
    saturated += (weight != weights[i]) & exists[i];
    changed += weight != old;
    non_zero += (weight != 0) - (old != 0);
    to[i] = (int16_t)weight;
  }
  part->saturated += saturated;
  if (part->non_zero) part->non_zero[row] += non_zero;
  return changed;
}

// Products, sums and rounding on one block of a row; returns how many weights changed.
TARGET static int32_t KERNEL(learn_block)(
    synapus_learning_part *part, const KERNEL(row_product) *products, int32_t count, int32_t row,
    int32_t first) {
  int64_t place = (int64_t)row * part->lanes + first;
  KERNEL(block_sums) block;
  block.targets = 0;
  for (int32_t k = 0; k < count; k++) block.targets |= 1 << products[k].product->target;
  KERNEL(load_sums)(part, place, &block);
  for (int32_t k = 0; k < count; k++) KERNEL(add_product)(part, products + k, row, first, &block);
  int32_t exists[BLOCK], *weights = block.sums[SYNAPUS_TARGET_WEIGHT];
  KERNEL(masks)(part->exists[place / BLOCK], exists);
  if (KERNEL(has)(&block, SYNAPUS_TARGET_WEIGHT)) {
    KERNEL(rounded)(part, KERNEL(row_key)(part->weight_key, row), first, weights);
  } else {
    for (int32_t i = 0; i < BLOCK; i++) weights[i] >>= part->fraction_bits;
  }
  if (KERNEL(has)(&block, SYNAPUS_TARGET_DELAY)) {
    KERNEL(store_delays)(part, row, first, exists, &block);
  }
  if (KERNEL(has)(&block, SYNAPUS_TARGET_TAG)) {
    KERNEL(store_tags)(part, row, first, exists, &block);
  }
  return KERNEL(store_weights)(part, row, first, exists, weights);
}

// Whether one number a product, or one a lane, is all that a row needs, within 16 bits.
TARGET static inline bool KERNEL(is_plain)(
    const synapus_learning_part *part, const KERNEL(row_product) *products, int32_t count) {
  if (part->accumulator_high != 32767 || part->accumulator_low > -32768
      || part->accumulator_low < -32769 || part->weight_low << part->fraction_bits < -32768
      || part->weight_high << part->fraction_bits > 32767)
    return false;
  for (int32_t k = 0; k < count; k++) {
    bool is_number = products[k].lane_count == 0 && products[k].constant >= -32768;
    if ((!is_number && !products[k].changes) || products[k].product->target != SYNAPUS_TARGET_WEIGHT)
      return false;
  }
  return true;
}

TARGET static void KERNEL(learn_row)(
    synapus_learning_part *part, const KERNEL(row_product) *products, int32_t count, int32_t row,
    bool post_only) {
  bool plain = KERNEL(is_plain)(part, products, count);
  uint32_t key = plain ? KERNEL(row_key)(part->weight_key, row) : 0;
  int32_t changed = 0;
  for (int32_t first = 0; first < part->lanes; first += BLOCK) {
    if (post_only && part->fired[first / BLOCK] == 0) continue;
    int32_t done = plain ? KERNEL(add_constants)(part, products, count, row, first, key) : -1;
    changed += done >= 0 ? done : KERNEL(learn_block)(part, products, count, row, first);
  }
  part->updates += changed;
  if (changed) part->changed_rows[part->changed_count++] = row;
}

// Whether a product is 0 on every row whose presynaptic traces are.
static inline bool KERNEL(needs_trace)(
    const synapus_learning_part *part, const synapus_learning_product *product) {
  if (product->gate == SYNAPUS_GATE_PRE) return true;
  if (product->gate == SYNAPUS_GATE_EPOCH || part->causal) return false;
  for (int32_t k = 0; k < product->factor_count; k++) {
    const synapus_learning_factor *f = product->factors + k;
    bool is_trace = f->variable == SYNAPUS_X1 || f->variable == SYNAPUS_X2;
    if (is_trace && f->constant == 0) return true;
  }
  return false;
}

// All bits of the traces that products may read on each row.
TARGET static void KERNEL(join_traces)(synapus_learning_part *part) {
  const synapus_learning_side *pre = &part->pre;
  int16_t *all = part->row_traces;
  for (int32_t row = 0; row < pre->padded; row++) all[row] = (int16_t)pre->spiked_at[row];
  for (int32_t line = 0; line < pre->history_count * pre->traces; line++) {
    const int16_t *trace = pre->history + (int64_t)line * pre->padded;
    for (int32_t row = 0; row < pre->padded; row++) all[row] |= trace[row];
  }
}

TARGET static void KERNEL(learn)(synapus_learning_part *part) {
  const synapus_learning_product *due[SYNAPUS_MOST_PRODUCTS];
  KERNEL(row_product) products[SYNAPUS_MOST_PRODUCTS];
  KERNEL(change_cache) cache;
  for (int32_t k = 0; k < SYNAPUS_MOST_PRODUCTS; k++) cache.place[k] = -1;
  int32_t due_count = 0;
  bool always = false, by_trace = true;
  for (int32_t k = 0; k < part->product_count; k++) {
    const synapus_learning_product *p = part->products + k;
    if (p->gate == SYNAPUS_GATE_EPOCH && (part->epoch & p->epoch_mask) != 0) continue;
    if (p->gate == SYNAPUS_GATE_POST && part->post.spiked_count == 0) continue;
    if (p->gate == SYNAPUS_GATE_PRE && part->pre.spiked_count == 0) continue;
    always = always || p->gate != SYNAPUS_GATE_PRE;
    by_trace = by_trace && KERNEL(needs_trace)(part, p);
    due[due_count++] = p;
  }
  part->changed_count = 0;
  if (due_count == 0) return;
  if (by_trace) KERNEL(join_traces)(part);
  for (int32_t row = 0; row < part->rows; row++) {
    if (by_trace && part->row_traces[row] == 0) continue;
    bool spiked = part->pre.spiked_at[row] != 0, post_only = true;
    if (!always && !spiked) continue;
    int32_t count = 0;
    for (int32_t k = 0; k < due_count; k++) {
      if (due[k]->gate == SYNAPUS_GATE_PRE && !spiked) continue;
      if (!KERNEL(prepare)(part, due[k], row, &cache, products + count)) continue;
      post_only = post_only && due[k]->gate == SYNAPUS_GATE_POST;
      count++;
    }
    if (count > 0) KERNEL(learn_row)(part, products, count, row, post_only);
  }
}
