// Mixing of coupled circuits' membranes, between the integration of a tick and its comparison.
// The readable twin is Sources/Emulator/Coupling/CouplingReference.swift.
#pragma once
#include <stdint.h>

// The most compartments that one group may have.
#define SYNAPUS_MOST_COMPARTMENTS 8

// Neighbouring lanes that all are joined alike: lane `first lane + i` of every member is one
// membrane, for i in 0..<lanes.
typedef struct {
  int32_t lanes;          // how many membranes
  int32_t first_member;   // in the list of members
  int32_t members;        // circuits of one membrane
  float part;             // 1 / members
} synapus_joined_run;

// One circuit: the core's position among the cores in use, and the lane there.
typedef struct {
  int32_t slot, lane;
} synapus_coupled_circuit;

// A membrane of a group: joined circuits, one after the other in the list of members.
typedef struct {
  int32_t first_member;
  int32_t members;
  int32_t hold_bit;       // which bit of the group's mask its reset sets; -1 when it never fires
  int32_t clamps;         // whether its reset holds it fast: no charge flows to it meanwhile
  float part;             // 1 / members
} synapus_compartment;

// Membranes with conductances between them.
typedef struct {
  int32_t first_compartment;
  int32_t compartments;
  // Where its matrices begin: for each mask of held compartments what counts of the potentials at
  // the tick's start, then of those that the circuits reached alone, row by row.
  int32_t first_number;
} synapus_compartment_group;

// The memory of one sample: for each core in use, the membranes that the tick's integration left,
// by lane, and the circuits' state.
typedef struct {
  float *const *pending;
  int32_t *const *state;
} synapus_coupled_cores;

// Gives the lanes of some runs the mean of their members.
void synapus_mix_joined(
    const synapus_joined_run *runs, int32_t count, const synapus_coupled_circuit *members,
    float *const *pending);

// Lets charge flow between the compartments of some groups for one tick.
void synapus_mix_compartments(
    const synapus_compartment_group *groups, int32_t count,
    const synapus_compartment *compartments, const synapus_coupled_circuit *members,
    const float *numbers, synapus_coupled_cores cores);

// Resets whole membranes: what a spike left in its circuit's membrane and refractory time goes to
// the circuits joined with it. `membranes` holds for each lane of the core the number of its
// membrane among `joined`, or -1.
void synapus_reset_joined(
    const uint32_t *spikes, int32_t count, int32_t slot, const int32_t *membranes,
    const synapus_compartment *joined, const synapus_coupled_circuit *members,
    int32_t *const *state);
