// Circuits that are joined with those of other cores, column by column, into one membrane each.
//
// Every circuit keeps the two currents of its synapses; what they add to the potential that the
// membrane goes to is summed over the cores of a cluster, and each membrane advances once. The
// readable twin is Sources/Emulator/Joined/JoinedReference.swift; equal bit for bit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The constants of a circuit's synapses that every tick needs, all in single precision. Lanes lie
// in blocks of 16: number `field` of lane l stands at
// [(l / 16 * SYNAPUS_JOINED_INPUTS + field) * 16 + l % 16]. Currents are in units of what an event
// of weight 1 adds to them at the tick's start; all that a current adds to the membrane's goal is
// in counts, of both signs positive.
enum {
  SYNAPUS_JOINED_LEFT_EXC,      // what is left of a current after a tick
  SYNAPUS_JOINED_LEFT_INH,
  SYNAPUS_JOINED_MEAN_EXC,      // what a current of 1 at the tick's start adds to the goal
  SYNAPUS_JOINED_MEAN_INH,
  SYNAPUS_JOINED_INJECT_EXC,    // current at the tick's end for moment 1 of the charge
  SYNAPUS_JOINED_INJECT_INH,
  SYNAPUS_JOINED_ARRIVE0_EXC,   // what moments 0 and 1 of the charge add to the goal
  SYNAPUS_JOINED_ARRIVE0_INH,
  SYNAPUS_JOINED_ARRIVE1_EXC,
  SYNAPUS_JOINED_ARRIVE1_INH,
  SYNAPUS_JOINED_INPUTS
};

// Those that few ticks need, in blocks of 16 lanes like the others.
enum {
  SYNAPUS_JOINED_LEVEL_EXC,     // where the input stage saturates, counts of the goal
  SYNAPUS_JOINED_LEVEL_INH,
  SYNAPUS_JOINED_INJECT2_EXC,   // for moment 2
  SYNAPUS_JOINED_INJECT2_INH,
  SYNAPUS_JOINED_ARRIVE2_EXC,
  SYNAPUS_JOINED_ARRIVE2_INH,
  SYNAPUS_JOINED_RARE
};

// The constants of a membrane, in blocks of 16 lanes.
enum {
  SYNAPUS_JOINED_REST,          // potential that the leaks pull to, counts
  SYNAPUS_JOINED_RATE,          // rate k of the leaks, per tick
  SYNAPUS_JOINED_LOSS,          // 1 - e^-k
  SYNAPUS_JOINED_NOISE,         // counts for one unit of hash noise
  SYNAPUS_JOINED_THRESHOLD,     // 1e30 where no comparator is on
  SYNAPUS_JOINED_RESET,
  SYNAPUS_JOINED_REFRACTORY,    // 1/64 tick
  SYNAPUS_JOINED_MEMBRANES
};

// The state of a circuit's synapses, and that of a membrane, in blocks of 16 lanes.
enum { SYNAPUS_JOINED_CURRENT_EXC, SYNAPUS_JOINED_CURRENT_INH, SYNAPUS_JOINED_CURRENTS };
enum { SYNAPUS_JOINED_POTENTIAL, SYNAPUS_JOINED_HELD, SYNAPUS_JOINED_STATES };

// One core of a cluster.
typedef struct {
  int32_t slot;                 // position among the cores in use
  bool whole;                   // whether all its circuits belong to membranes of plane 0
  const uint8_t *weights;
  const int32_t *non_zero;      // by pair of rows: synapses of non-zero weight
  const float *inputs, *rare;
  const float *least_levels;    // the least level of each block of 16 lanes
  const uint16_t *members;      // by plane and block: the lanes whose circuits belong there
} synapus_joined_core;

// Cores that share membranes, which lie in planes: a column with two membranes, of different
// cores, has one in each of two planes.
typedef struct {
  int32_t lanes;                // of a row, a multiple of SYNAPUS_LANE_BLOCK
  int32_t active;               // to advance, a multiple of 32
  int32_t core_count, planes;
  bool second_order;            // whether any circuit needs the second moment of the phase
  bool noisy;                   // whether any circuit has membrane noise
  const synapus_joined_core *cores;
  const float *membranes;       // plane by plane
  const uint8_t *firing;        // by plane and lane: which of the cores has the comparator
  float rail_low, rail_high;    // counts
} synapus_joined_cluster;

// The memory of one sample: currents core by core, membranes plane by plane, room for the goals of
// all planes; and how many synapses of non-zero weight events have met.
typedef struct {
  float *currents;
  int32_t *membranes;
  float *goals;
  int64_t synaptic_events;
} synapus_joined_memory;

// Advances a cluster by one tick. The sample of the core at position p among the cores in use is
// samples[p * stride]; its spikes come out in ascending columns.
typedef void (*synapus_joined_step)(
    const synapus_joined_cluster *cluster, synapus_joined_memory *memory,
    synapus_core_sample *samples, int64_t stride);

void synapus_joined_step_portable(
    const synapus_joined_cluster *, synapus_joined_memory *, synapus_core_sample *, int64_t);
void synapus_joined_step_avx2(
    const synapus_joined_cluster *, synapus_joined_memory *, synapus_core_sample *, int64_t);
void synapus_joined_step_avx512(
    const synapus_joined_cluster *, synapus_joined_memory *, synapus_core_sample *, int64_t);
