// The full neuron circuit: what a core of such circuits needs beside the lean one.
//
// A tick has two phases, with the coupling of joined circuits between them: `integrate` leaves
// each membrane after the tick in `pending`, `compare` takes it from there. The readable twin is
// Sources/Emulator/Reference/FullNeuronCircuit.swift; equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The constants of a full circuit, all in single precision. Lanes lie in blocks of 16: number
// `field` of lane l stands at [(l / 16 * SYNAPUS_FULL_CONSTANTS + field) * 16 + l % 16].
// Potentials are membrane counts, rates are per tick, charges are steps of stored weight.
enum {
  SYNAPUS_FULL_REST,             // potential that the leak pulls to
  SYNAPUS_FULL_RATE,             // rate k of the leak
  SYNAPUS_FULL_LOSS,             // 1 - e^-k
  SYNAPUS_FULL_DAMPING,          // (1 - e^-k) / k
  SYNAPUS_FULL_LEFT_EXC,         // e^(-1 / tau_s): what is left of a current after a tick
  SYNAPUS_FULL_LEFT_INH,
  SYNAPUS_FULL_MEAN_EXC,         // a decaying current's mean over a tick, as the membrane weighs it
  SYNAPUS_FULL_MEAN_INH,
  SYNAPUS_FULL_INJECT0_EXC,      // current at the tick's end for the moments of arriving charge
  SYNAPUS_FULL_INJECT1_EXC,
  SYNAPUS_FULL_INJECT2_EXC,
  SYNAPUS_FULL_ARRIVE0_EXC,      // mean current over the tick for the same moments
  SYNAPUS_FULL_ARRIVE1_EXC,
  SYNAPUS_FULL_ARRIVE2_EXC,
  SYNAPUS_FULL_INJECT0_INH,
  SYNAPUS_FULL_INJECT1_INH,
  SYNAPUS_FULL_INJECT2_INH,
  SYNAPUS_FULL_ARRIVE0_INH,
  SYNAPUS_FULL_ARRIVE1_INH,
  SYNAPUS_FULL_ARRIVE2_INH,
  SYNAPUS_FULL_DRIVE_EXC,        // what one unit of current adds to the goal
  SYNAPUS_FULL_DRIVE_INH,        // (negative when it is a current)
  SYNAPUS_FULL_CONDUCTANCE_EXC,  // conductance of one unit, of the leak's; 0 for a current
  SYNAPUS_FULL_CONDUCTANCE_INH,
  SYNAPUS_FULL_LEVEL_EXC,        // where the input stage saturates
  SYNAPUS_FULL_LEVEL_INH,
  SYNAPUS_FULL_NOISE,            // counts for one unit of hash noise
  SYNAPUS_FULL_THRESHOLD,        // 1e30 when the comparator is off
  SYNAPUS_FULL_RESET,
  SYNAPUS_FULL_REFRACTORY,       // 1/64 tick
  SYNAPUS_FULL_RESET_RATE,       // rate of the reset conductance; 0: the reset is instant
  SYNAPUS_FULL_DELAY,            // of the comparator, 1/64 tick
  SYNAPUS_FULL_ADAPTATION,       // conductance of the adaptation, of the leak's
  SYNAPUS_FULL_ADAPTATION_LOSS,  // 1 - e^(-1 / tau_w)
  SYNAPUS_FULL_ADAPTATION_RATE,  // 1 / tau_w
  SYNAPUS_FULL_ADAPTATION_JUMP,  // increment at a spike
  SYNAPUS_FULL_SLOPE,            // of the exponential term
  SYNAPUS_FULL_STEEPNESS,        // 1 / slope; 0: no exponential term
  SYNAPUS_FULL_ONSET,            // potential V_T of the exponential term
  SYNAPUS_FULL_UPSWING,          // rate of the exponential term: k, or 0
  SYNAPUS_FULL_SHIFT_LEFT,       // e^(-1 / tau_theta)
  SYNAPUS_FULL_SHIFT_RATE,       // 1 / tau_theta
  SYNAPUS_FULL_SHIFT_JUMP,       // increment of the threshold at a spike
  SYNAPUS_FULL_CONSTANTS
};

// The state of a full circuit beside membrane and refractory time, in blocks of 16 lanes like the
// constants. The last five hold nothing from tick to tick: `integrate` leaves them to `compare`.
enum {
  SYNAPUS_FULL_CURRENT_EXC,      // steps of stored weight
  SYNAPUS_FULL_CURRENT_INH,
  SYNAPUS_FULL_ADAPTING,         // the adaptation, counts
  SYNAPUS_FULL_SHIFT,            // of the threshold, counts
  SYNAPUS_FULL_FUSE,             // phase at which a spike of the last tick comes out, or -1
  SYNAPUS_FULL_START,            // potential at which the free part of the tick begins
  SYNAPUS_FULL_GOAL,             // potential that the membrane goes to
  SYNAPUS_FULL_PACE,             // rate at which it goes there
  SYNAPUS_FULL_DRIFT,            // how far it goes without the exponential term
  SYNAPUS_FULL_GROWTH,           // the exponential term's rate at the start, times the free part
  SYNAPUS_FULL_STATES
};

// The circuits of one full core. Parts that no circuit of the core has are left out.
typedef struct {
  int32_t lanes;                 // of a row, a multiple of SYNAPUS_LANE_BLOCK
  int32_t active;                // to advance, a multiple of SYNAPUS_ACTIVE_BLOCK
  bool second_order;             // whether any circuit needs the second moment of the phase
  bool noisy;                    // whether any circuit has membrane noise
  bool conducting;               // whether any synapse is a conductance
  bool soft;                     // whether the input stage saturates softly
  bool adapting, exponential, shifting, pulling;
  const float *constants;
  float rail_low, rail_high;     // counts
} synapus_full_core;

// What one sample of a full core has beside `synapus_core_sample`.
typedef struct {
  float *state;                  // SYNAPUS_FULL_STATES numbers a lane, in blocks of 16
  float *pending;                // the membranes after the tick, counts, one a lane
  const float *amplitudes;       // of the tick's events, or NULL: all 1
} synapus_full_sample;

// Advances one sample of a core by one tick, up to the coupling of joined circuits.
typedef void (*synapus_full_integrate)(
    const synapus_full_core *core, const uint8_t *weights, synapus_core_sample *sample,
    const synapus_full_sample *full);
// Compares with the thresholds, resets, and writes spikes: the rest of the tick.
typedef void (*synapus_full_compare)(
    const synapus_full_core *core, synapus_core_sample *sample, const synapus_full_sample *full);

void synapus_full_integrate_portable(
    const synapus_full_core *, const uint8_t *, synapus_core_sample *, const synapus_full_sample *);
void synapus_full_integrate_avx2(
    const synapus_full_core *, const uint8_t *, synapus_core_sample *, const synapus_full_sample *);
void synapus_full_integrate_avx512(
    const synapus_full_core *, const uint8_t *, synapus_core_sample *, const synapus_full_sample *);
void synapus_full_compare_portable(
    const synapus_full_core *, synapus_core_sample *, const synapus_full_sample *);
void synapus_full_compare_avx2(
    const synapus_full_core *, synapus_core_sample *, const synapus_full_sample *);
void synapus_full_compare_avx512(
    const synapus_full_core *, synapus_core_sample *, const synapus_full_sample *);

// The short-term plasticity of one row driver; a driver without it has scale 0 and offset 1.
typedef struct {
  float utilisation;             // fraction of the active part that one event spends
  float rate;                    // of recovery, per tick
  float offset, scale;           // amplitude = offset + scale * inactive part
} synapus_row_plasticity;

// The state of a row driver: its inactive part just after its last event, and when that was.
typedef struct {
  float inactive;
  int32_t tick, phase;
} synapus_row_state;

// Turns the events of a tick into amplitudes, in the order of the events.
void synapus_row_amplitudes(
    const synapus_row_plasticity *rows, synapus_row_state *states, const uint32_t *events,
    int32_t event_count, int32_t tick, float *amplitudes);
