// Kernels of digital cores. Every function here has a readable twin in Swift
// (Sources/Emulator/Digital); seeded property tests hold the two equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Current-based neurons of one core, by lane. Lanes without a neuron have the threshold INT32_MAX
// and the low threshold INT32_MIN.
typedef struct {
  int32_t active;                // lanes to advance, a multiple of SYNAPUS_ACTIVE_BLOCK
  int32_t state_shift;           // by how much inputs are shifted left
  int32_t half_range;            // 2^(state bits - 1): beyond, the current wraps
  int32_t lowest, highest;       // where voltages are clipped
  bool refractory;               // whether any neuron has a refractory counter
  bool ternary;                  // whether any neuron has a low threshold
  const int32_t *current_keep;   // what is left of a current after a step, in 1/4096
  const int32_t *voltage_keep;
  const int32_t *bias;
  const int32_t *threshold;      // shifted
  const int32_t *low_threshold;
  const int32_t *refractory_count;
} synapus_digital_neurons;

// One core for one sample.
typedef struct {
  int32_t *current, *voltage;    // one a lane
  int32_t *refractory_left;
  const int32_t *input;          // this step's sums
  uint32_t *spikes;              // out: columns; room for all lanes + 16
  int8_t *signs;                 // out, by spike, where any neuron is ternary
  int32_t spike_count;           // out
} synapus_digital_state;

// Advances the neurons of a core by one step.
typedef void (*synapus_digital_step)(const synapus_digital_neurons *, synapus_digital_state *);

// Synapses of neighbouring axons in dense rows.
typedef struct {
  const void *rows;              // int8_t or int16_t
  int32_t first_axon;
  int32_t lanes;                 // of a row, a multiple of SYNAPUS_LANE_BLOCK
  int32_t shift;                 // by which stored numbers are less than weights
  int32_t group;                 // rows of int8_t that can be added up without overflow
} synapus_digital_rows;

// Adds the rows of `count` axons to `sums`, or writes their sum there where `fresh`; gives how many
// of their synapses are not 0 where `counts`, else 0.
typedef int64_t (*synapus_digital_add_rows)(
    const synapus_digital_rows *, const uint32_t *axons, int32_t count, int32_t *sums, bool fresh,
    bool counts);

#define SYNAPUS_DIGITAL_KERNELS(suffix)                                              \
  void synapus_digital_step_##suffix(                                                \
      const synapus_digital_neurons *, synapus_digital_state *);                     \
  int64_t synapus_digital_rows8_##suffix(                                            \
      const synapus_digital_rows *, const uint32_t *, int32_t, int32_t *, bool, bool); \
  int64_t synapus_digital_rows16_##suffix(                                           \
      const synapus_digital_rows *, const uint32_t *, int32_t, int32_t *, bool, bool); \
  void synapus_crossbar_step_##suffix(                                               \
      const synapus_crossbar_neurons *, synapus_crossbar_state *);

// The most axon types of a crossbar.
#define SYNAPUS_AXON_TYPES 4

// Neurons and synapses of a crossbar core, by lane; lanes without a neuron have the threshold
// INT32_MAX / 2.
typedef struct {
  int32_t lanes;                 // a multiple of SYNAPUS_LANE_BLOCK
  int32_t lowest, highest;       // of the membrane register
  const uint8_t *axon_types;
  const uint64_t *crossbar;      // axon by axon, one bit a lane
  const int32_t *weights;        // type by type, one a lane; 0 where the synapse is stochastic
  const int32_t *stochastic_weights;  // the same; 0 where it is deterministic
  bool has_stochastic_weights, has_stochastic_leak, has_random_threshold;
  const int32_t *leak;           // 0 where it is stochastic
  const int32_t *stochastic_leak;  // 0 where it is deterministic
  const int32_t *leak_reverses;  // -1: the leak has the membrane's sign; 0
  const int32_t *threshold, *negative_threshold, *threshold_mask;
  const int32_t *reset_potential;
  const int32_t *reset;          // 0 to a potential, 1 by the threshold, 2 none
  const int32_t *saturates;      // -1: the membrane stays at the negative threshold; 0: it resets
} synapus_crossbar_neurons;

// One crossbar core for one sample.
typedef struct {
  int32_t *potential;            // one a lane
  int32_t *drive;                // scratch: one a lane
  int32_t *draws;                // scratch: one a lane
  const uint32_t *axons;         // with an event in this step, each once
  int32_t axon_count;
  uint64_t step_key;             // CounterRandom: the key mixed with the step
  uint32_t *spikes;              // out: columns; room for all lanes + 16
  int32_t spike_count;           // out
} synapus_crossbar_state;

SYNAPUS_DIGITAL_KERNELS(portable)
SYNAPUS_DIGITAL_KERNELS(avx2)
SYNAPUS_DIGITAL_KERNELS(avx512)

// Adds shifted sums of a projection to a core's input, or writes them there where `fresh`; a
// negative exponent shifts right, rounding down.
void synapus_digital_shift_sums(
    int32_t *input, const int32_t *sums, int32_t exponent, int32_t lanes, bool fresh);

// Synapses in compressed rows: `starts` counts from the first axon.
typedef struct {
  const uint32_t *starts;
  const uint16_t *targets;
  const int16_t *weights;
  const uint8_t *delays;         // or NULL: none
  int32_t first_axon;
} synapus_digital_sparse;

// Adds the synapses of `count` axons to a ring of `slots` rows of sums, `stride` apart; without
// delay they go to row `slot`.
void synapus_digital_add_sparse(
    const synapus_digital_sparse *, const uint32_t *axons, int32_t count, int32_t *ring,
    int32_t slot, int32_t slots, int32_t stride);

// Adds plastic rows with delays that act, up to `longest`; gives how many synapses are not 0.
int64_t synapus_digital_add_delayed(
    const int16_t *weights, const uint8_t *delays, int32_t lanes, int32_t first_axon,
    const uint32_t *axons, int32_t count, int32_t *ring, int32_t slot, int32_t slots,
    int32_t stride, int32_t longest);

// Writes a step's spikes to a log as time and unit; units are `base` + column.
void synapus_digital_record(
    const uint32_t *spikes, int32_t count, uint32_t time, uint32_t base, uint32_t *times,
    uint32_t *units);

// A route of a source: which list of events its spikes are put on, and which axon they reach.
typedef struct {
  uint32_t list, axon;
} synapus_digital_target;

// The events of a step for one projection.
typedef struct {
  uint32_t *axons;
  uint32_t count, capacity;
} synapus_digital_list;

// Lets a processor rest a moment between two looks at a number that another will change.
static inline void synapus_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Puts the events of sources on lists, which have room for one event of every route.
void synapus_digital_push(
    const uint32_t *sources, int32_t count, const uint32_t *starts,
    const synapus_digital_target *targets, synapus_digital_list *lists);
