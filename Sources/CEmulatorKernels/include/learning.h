// The learning engine's epoch: traces replayed, products summed, synapses rounded and stored. The
// readable twin is Sources/Emulator/Learning; property tests hold the two equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// What a factor may read; the order is that of LearningFactor.Variable.
enum {
  SYNAPUS_X0, SYNAPUS_X1, SYNAPUS_X2,
  SYNAPUS_Y0, SYNAPUS_Y1, SYNAPUS_Y2, SYNAPUS_Y3,
  SYNAPUS_W, SYNAPUS_D, SYNAPUS_T,
  SYNAPUS_R, SYNAPUS_E, SYNAPUS_P
};

enum { SYNAPUS_TARGET_WEIGHT, SYNAPUS_TARGET_DELAY, SYNAPUS_TARGET_TAG };
enum { SYNAPUS_GATE_PRE, SYNAPUS_GATE_POST, SYNAPUS_GATE_EPOCH };

#define SYNAPUS_MOST_FACTORS 15
#define SYNAPUS_MOST_PRODUCTS 64
// Lanes come in blocks of so many.
#define SYNAPUS_LEARN_BLOCK 64

// A factor: clip(variable + constant, low, high), or its sign.
typedef struct {
  int32_t variable, constant, is_sign, low, high;
} synapus_learning_factor;

// A product: clip((mantissa * factors) >> down << up); up may be negative.
typedef struct {
  int32_t target, gate;
  int32_t epoch_mask;      // for the gate of epochs: due where (epoch & mask) == 0
  int32_t mantissa, down, up;
  bool wide;               // whether 32 bits may not hold the product of all factors
  int32_t factor_count;
  synapus_learning_factor factors[SYNAPUS_MOST_FACTORS];
} synapus_learning_product;

// One side of a part, after its traces were replayed.
typedef struct {
  int32_t padded;              // neurons, a multiple of SYNAPUS_LEARN_BLOCK
  int32_t traces;
  const uint16_t *spiked_at;   // place of the last spike in the epoch, from 1; 0: none
  const int16_t *at_spike[3];  // the traces at that spike
  const int16_t *now[3];       // the traces at the epoch's end
  const int32_t *positions;    // of each place in the history, or -1
  const int16_t *history;      // [(position * traces + trace) * padded + neuron]
  int32_t history_count;
  int32_t spiked_count;
} synapus_learning_side;

// A rule on the synapses of one part, at the end of an epoch.
typedef struct {
  const synapus_learning_product *products;
  int32_t product_count;
  int32_t fraction_bits, accumulator_low, accumulator_high;
  int32_t weight_low, weight_high, tag_low, tag_high, delay_high;
  int32_t tag_carry;           // 0: tags do not move weights

  int32_t rows, lanes;         // lanes: a multiple of SYNAPUS_LEARN_BLOCK
  int16_t *weights, *tags;
  uint8_t *delays;
  const uint64_t *exists;      // one bit a lane

  synapus_learning_side pre, post;
  const uint64_t *fired;       // lanes that fired in the epoch, one bit each
  const int16_t *error, *membrane;
  // By synapse, as weights: codes of the correlation sensors, which are x1 where y0 gates and y1
  // where x0 does; or NULL where traces are counters.
  const int16_t *causal, *acausal;
  int32_t reward;
  int32_t epoch;               // from 1
  uint32_t weight_key, delay_key, tag_key;

  int16_t *row_traces;         // scratch, one a row
  int16_t *lane_changes;       // scratch, one a product and lane

  int32_t *changed_rows;       // out: rows of which a weight changed, ascending
  int32_t changed_count;       // out
  int64_t updates, saturated;  // in and out
  int32_t *non_zero;           // in and out, by row: synapses of non-zero weight; or NULL
} synapus_learning_part;

typedef void (*synapus_learn)(synapus_learning_part *part);

void synapus_learn_portable(synapus_learning_part *part);
void synapus_learn_avx2(synapus_learning_part *part);
void synapus_learn_avx512(synapus_learning_part *part);

// One trace of one side over an epoch.
typedef struct {
  int32_t padded, traces;
  int16_t *values;             // in: at the start, out: at the end
  int16_t *at_spike;           // out
  const uint16_t *impulse_at, *spiked_at;
  int32_t kept;                // what a tick leaves, in 2^-16
  int32_t impulse, impulse_fraction, largest;
  int32_t epoch_ticks;
  const uint32_t *decay_keys, *impulse_keys;  // by place, from 0
  const int32_t *positions;    // by place, from 1
  int16_t *history;            // of this trace, or NULL where nothing is asked for
  int32_t history_count;
} synapus_learning_trace;

typedef void (*synapus_replay)(const synapus_learning_trace *trace);

void synapus_replay_portable(const synapus_learning_trace *trace);
void synapus_replay_avx2(const synapus_learning_trace *trace);
void synapus_replay_avx512(const synapus_learning_trace *trace);

// Marks spikes of neurons `list[i] >> shift` less `first`, where they are within `count`. A neuron
// that has spiked in the epoch before is not marked but listed; returns how many.
int32_t synapus_learning_mark(
    const uint32_t *list, int32_t list_count, int32_t shift, int32_t first, int32_t count,
    uint16_t place, uint16_t *spiked_at, uint64_t *bits, int32_t *spiked, int32_t *spiked_count,
    int32_t *repeated);

// Signed weights of some rows, of a linear law, for the effective weights of their pairs of rows: the
// positive parts go to the excitatory rows, the negative ones to the inhibitory.
typedef struct {
  const int16_t *weights;      // of row 0, at the first column
  int32_t stride;              // of weights, from row to row
  const int32_t *rows;         // to bake
  int32_t row_count;
  int32_t count;               // columns
  int32_t steps;               // effective steps for one step of weight
  bool keeps_inhibition;       // inhibitory rows stay
  int32_t lanes;               // of a row of factors and effective weights
  const uint16_t *factors;     // of row 0's excitatory row, at the first column, in 2^-8
  uint8_t *effective;          // the same
  bool *stale;                 // out, by row
} synapus_bake;

typedef void (*synapus_bake_rows)(const synapus_bake *bake);

void synapus_bake_rows_portable(const synapus_bake *bake);
void synapus_bake_rows_avx2(const synapus_bake *bake);
void synapus_bake_rows_avx512(const synapus_bake *bake);
