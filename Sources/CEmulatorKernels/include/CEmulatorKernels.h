// Vectorised kernels of the emulator. Every function here has a readable twin in Swift
// (Sources/Emulator/Reference); seeded property tests hold the two equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Rows are padded to a multiple of 64 lanes, circuits in use to a multiple of 16; pointers are
// 64-byte aligned.
#define SYNAPUS_LANE_BLOCK 64
#define SYNAPUS_ACTIVE_BLOCK 16
// The input stage's own limit: the largest current that rounds to 15 bits of whole units.
#define SYNAPUS_LARGEST_CURRENT 0x7FFF0000

// The constants of one core, one number a lane. A "pair" packs two signed 16-bit numbers: the
// first in the low half, the second in the high half.
typedef struct {
  int32_t lanes;                 // of a row, a multiple of SYNAPUS_LANE_BLOCK
  int32_t active;                // to advance, a multiple of SYNAPUS_ACTIVE_BLOCK
  bool second_order;             // whether any circuit needs the second moment of the phase
  bool noisy;                    // whether any circuit has membrane noise
  const int32_t *rest;           // potential that the membrane decays to, counts
  const int32_t *leak;           // fraction lost in a tick, in 2^-(9 + shift)
  const int32_t *shift;          // right shift of the sum of all currents
  const int32_t *drive;          // pair: counts for one unit of current, excitatory, -inhibitory
  const int32_t *saturation;     // pair: largest current of either sign
  const int32_t *decay_exc;      // fraction of the current lost in a tick, in 2^-16
  const int32_t *decay_inh;
  const int32_t *inject_exc;     // pair: current for moments 0 and 1
  const int32_t *inject_inh;
  const int32_t *jump_exc;       // pair: membrane counts for moments 0 and 1
  const int32_t *jump_inh;       // (negative)
  const int32_t *inject2_exc;    // current for moment 2
  const int32_t *inject2_inh;
  const int32_t *jump2;          // pair: membrane counts for moment 2, excitatory, -inhibitory
  const int32_t *threshold;      // counts; INT32_MAX when the comparator is off
  const int32_t *reset;          // counts
  const int32_t *refractory;     // 1/64 tick
  const int32_t *curvature;      // half the leak's fraction, in 2^-12
  const int32_t *noise;          // counts for 1/16 unit of noise
  int32_t rail_low, rail_high;   // counts
} synapus_core_constants;

// The state of one core for one sample, and what one tick adds and gives back.
typedef struct {
  int32_t *membrane;             // counts
  int32_t *current_exc;          // 2^-16 units of current
  int32_t *current_inh;
  int32_t *refractory_left;      // 1/64 tick
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

// Converts the membranes of `lanes` circuits to ADC codes; returns how many were clipped.
int32_t synapus_adc_convert(
    const int32_t *membrane, const int32_t *offset, int32_t lanes, int32_t noise, uint32_t noise_key,
    int32_t largest_code, uint8_t *codes);

// Bakes stored weights and the fixed-pattern factors (in 2^-8) into effective weights; returns how
// many were clipped at 255.
int32_t synapus_bake_weights(
    const uint8_t *stored, const uint16_t *factors, int32_t count, int32_t steps,
    uint8_t *effective);
