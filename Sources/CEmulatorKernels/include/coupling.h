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

// A membrane: joined circuits, one after the other in the list of members.
typedef struct {
  int32_t first_member;
  int32_t members;
  int32_t group;          // among the groups with conductances; -1: it is connected with none
  int32_t hold_bit;       // which bit of the group's mask its reset sets; -1 when it never fires
  int32_t tables;         // where its three tables begin among the group's numbers: 64 parts of
                          // the flow that stay when its reset ends within a tick, by the 1/64 tick
                          // of it that are held; then 64 for each compartment of the group, by the
                          // 1/64 tick left after a spike less 1: what the spike takes from there,
                          // and again as many: what comes from there while the reset pulls
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

// What the coupling knows of an image.
typedef struct {
  const synapus_coupled_circuit *members;
  const synapus_compartment *compartments;
  const synapus_compartment_group *groups;
  const float *numbers;
} synapus_coupling;

// Takes the spikes of a core to the rest of their neurons: membranes reset as a whole, and what
// flowed from a membrane to its neighbours after it was reset is taken back. `membranes` holds for
// each lane of the core the number of its membrane, or -1.
void synapus_spread_spikes(
    const uint32_t *spikes, int32_t count, int32_t slot, const int32_t *membranes,
    const synapus_coupling *coupling, synapus_coupled_cores cores);

// Lets charge flow between the compartments of groups first..<end for one tick.
void synapus_mix_compartments(
    const synapus_coupling *coupling, int32_t first, int32_t end, synapus_coupled_cores cores);
