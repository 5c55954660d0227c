// Vectorised kernels of the emulator. Every function here has a readable twin in Swift
// (Sources/Emulator/Reference); seeded property tests hold the two equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "correlation.h"
#include "coupling.h"
#include "ideal_core.h"
#include "learning.h"

// Rows are padded to a multiple of 64 lanes, circuits in use to a multiple of 16; memory is
// aligned to 64 bytes.
#define SYNAPUS_LANE_BLOCK 64
#define SYNAPUS_ACTIVE_BLOCK 16
// The most circuits that a core may have.
#define SYNAPUS_MOST_LANES 256
// The input stage's own limit: the largest current that rounds to 15 bits of whole units.
#define SYNAPUS_LARGEST_CURRENT 0x7FFF0000

// The constants of a circuit. Lanes lie in blocks of 16: number `field` of lane l stands at
// [(l / 16 * SYNAPUS_CONSTANTS + field) * 16 + l % 16]. A "pair" packs two signed 16-bit numbers,
// the first in the low half.
enum {
  SYNAPUS_REST,            // potential that the membrane decays to, counts
  SYNAPUS_LEAK,            // fraction lost in a tick, in 2^-(9 + shift)
  SYNAPUS_SHIFT,           // right shift of the sum of all terms
  SYNAPUS_DRIVE,           // pair: counts for one unit of current, excitatory, -inhibitory
  SYNAPUS_SATURATION,      // pair: largest current of either sign
  SYNAPUS_DECAY_EXC,       // fraction of the current lost in a tick, in 2^-16
  SYNAPUS_DECAY_INH,
  SYNAPUS_NOISE,           // counts for 1/16 unit of noise
  SYNAPUS_THRESHOLD,       // counts; INT32_MAX when the comparator is off
  SYNAPUS_RESET,           // counts
  SYNAPUS_REFRACTORY,      // 1/64 tick
  SYNAPUS_CURVATURE,       // half the leak's fraction, in 2^-12
  SYNAPUS_INJECT_EXC,      // pair: current for moments 0 and 1
  SYNAPUS_INJECT_INH,
  SYNAPUS_JUMP_EXC,        // pair: membrane counts for moments 0 and 1
  SYNAPUS_JUMP_INH,        // (negative)
  SYNAPUS_INJECT2_EXC,     // current for moment 2
  SYNAPUS_INJECT2_INH,
  SYNAPUS_JUMP2,           // pair: membrane counts for moment 2, excitatory, -inhibitory
  SYNAPUS_CONSTANTS
};

// The state of a circuit, in blocks of 16 lanes like the constants.
enum {
  SYNAPUS_MEMBRANE,         // counts
  SYNAPUS_CURRENT_EXC,      // 2^-16 units of current
  SYNAPUS_CURRENT_INH,
  SYNAPUS_REFRACTORY_LEFT,  // 1/64 tick
  SYNAPUS_STATES
};

// The circuits of one core.
typedef struct {
  int32_t lanes;                 // of a row, a multiple of SYNAPUS_LANE_BLOCK
  int32_t active;                // to advance, a multiple of SYNAPUS_ACTIVE_BLOCK
  bool second_order;             // whether any circuit needs the second moment of the phase
  bool noisy;                    // whether any circuit has membrane noise
  const int32_t *constants;
  int32_t rail_low, rail_high;   // counts
} synapus_core_constants;

// One core for one sample: its state, and what one tick adds and gives back.
typedef struct {
  int32_t *state;
  const uint32_t *events;        // row pair << 8 | phase, phase in 1/64 tick
  int32_t event_count;           // at most 32
  uint32_t noise_key;            // of this sample, core and tick
  uint32_t *spikes;              // out: column << 8 | phase; room for `lanes` + 16
  int32_t spike_count;           // out
  int64_t saturated;             // in and out: lanes and signs at saturation
} synapus_core_sample;

// Advances `count` samples of one core by one tick. `weights` holds the effective weights: for
// each pair one excitatory row of `lanes` bytes, then one inhibitory; `scratch` holds
// 6 * lanes * 2 bytes.
typedef void (*synapus_core_step)(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch);

void synapus_core_step_portable(
    const synapus_core_constants *, const uint8_t *, synapus_core_sample *, int32_t, uint16_t *);
void synapus_core_step_avx2(
    const synapus_core_constants *, const uint8_t *, synapus_core_sample *, int32_t, uint16_t *);
void synapus_core_step_avx512(
    const synapus_core_constants *, const uint8_t *, synapus_core_sample *, int32_t, uint16_t *);

bool synapus_cpu_has_avx2(void);
bool synapus_cpu_has_avx512(void);

// Asks for some bytes of memory, ahead of their use.
static inline void synapus_prefetch(const void *start, int64_t bytes) {
  for (int64_t byte = 0; byte < bytes; byte += 64) {
    __builtin_prefetch((const char *)start + byte);
  }
}

// Asks for the rows that a tick's events drive, ahead of the step that sums them.
static inline void synapus_prefetch_rows(
    const uint8_t *weights, int32_t lanes, const synapus_core_sample *sample) {
  for (int32_t i = 0; i < sample->event_count; i++) {
    const uint8_t *rows = weights + (int64_t)(sample->events[i] >> 8) * 2 * lanes;
    for (int32_t byte = 0; byte < 2 * lanes; byte += 64) __builtin_prefetch(rows + byte);
  }
}

// Converts the membranes of circuits first..<first + count to ADC codes; returns how many were
// clipped. `offset` in counts, `slope` as the relative deviation in 2^-15, both by lane. Noise is
// drawn by column.
int32_t synapus_adc_convert(
    const int32_t *state, const int32_t *offset, const int32_t *slope, int32_t first,
    int32_t count, int32_t noise, uint32_t noise_key, int32_t largest_code, uint8_t *codes);

// The largest fixed-pattern factor, in 2^-8: sixteen times the nominal charge.
#define SYNAPUS_LARGEST_FACTOR 4095

// Draws standard normal numbers at the coordinates first..<first + count of a line whose key
// CounterRandom.lineKey gives; at most SYNAPUS_MOST_LANES of them.
void synapus_line_normals(uint64_t line_key, int32_t first, int32_t count, double *normals);

// The factors of a row's synapses, in 2^-8: (1 + sigma n) times the row's and the column's factor.
void synapus_synapse_factors(
    const double *normals, double sigma, double row, const double *columns, int32_t count,
    uint16_t *factors);

// The errors of one bit of a row's DACs: scale times n, in 2^-8 effective steps.
void synapus_bit_errors(const double *normals, double scale, int32_t count, int16_t *errors);

// Bakes stored weights of a linear law and fixed-pattern factors (in 2^-8) into effective weights;
// returns how many were clipped at 255.
int32_t synapus_bake_weights(
    const uint8_t *stored, const uint16_t *factors, int32_t count, int32_t steps,
    uint8_t *effective);

// Bakes a row by the charge of each stored weight (`law`, in 2^-8 effective steps) and the errors
// of the DACs' bits: plane k of `errors`, `stride` apart, belongs to bit k.
int32_t synapus_bake_row(
    const uint8_t *stored, const uint16_t *factors, const int16_t *errors, int32_t stride,
    int32_t bits, const int32_t *law, int32_t count, uint8_t *effective);

// Lets this process keep the memory that it frees, for the next recording.
void synapus_keep_freed_memory(void);

#include "digital_core.h"
#include "full_core.h"
#include "joined_core.h"
