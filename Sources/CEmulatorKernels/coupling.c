// Mixing of coupled circuits: means of joined membranes, matrices of compartments.
#include "CEmulatorKernels.h"

#include "clones.h"

// A fused multiply-add rounds once where two instructions round twice.
#pragma STDC FP_CONTRACT OFF

// So many lanes are summed at once.
#define BLOCK 64

CLONES static void mix_block(
    const synapus_joined_run *run, const synapus_coupled_circuit *members, float *const *pending,
    int32_t first, int32_t count) {
  float sum[BLOCK];
  for (int32_t i = 0; i < count; i++) sum[i] = 0;
  for (int32_t m = 0; m < run->members; m++) {
    const float *from = pending[members[m].slot] + members[m].lane + first;
    for (int32_t i = 0; i < count; i++) sum[i] += from[i];
  }
  for (int32_t i = 0; i < count; i++) sum[i] *= run->part;
  for (int32_t m = 0; m < run->members; m++) {
    float *to = pending[members[m].slot] + members[m].lane + first;
    for (int32_t i = 0; i < count; i++) to[i] = sum[i];
  }
}

void synapus_mix_joined(
    const synapus_joined_run *runs, int32_t count, const synapus_coupled_circuit *members,
    float *const *pending) {
  for (int32_t r = 0; r < count; r++) {
    const synapus_joined_run *run = runs + r;
    for (int32_t first = 0; first < run->lanes; first += BLOCK) {
      int32_t left = run->lanes - first;
      mix_block(
          run, members + run->first_member, pending, first, left < BLOCK ? left : BLOCK);
    }
  }
}

static inline int32_t *state_of(int32_t *const *state, synapus_coupled_circuit circuit) {
  return state[circuit.slot] + (circuit.lane >> 4) * (16 * SYNAPUS_STATES) + (circuit.lane & 15);
}

// Number `field` of a lane's state.
#define AT(block, field) (block)[16 * SYNAPUS_##field]

static float mean_pending(
    const synapus_compartment *compartment, const synapus_coupled_circuit *members,
    float *const *pending) {
  float sum = 0;
  for (int32_t m = 0; m < compartment->members; m++) {
    sum += pending[members[m].slot][members[m].lane];
  }
  return sum * compartment->part;
}

static void mix_group(
    const synapus_coupling *coupling, const synapus_compartment_group *group,
    synapus_coupled_cores cores) {
  const synapus_compartment *compartments = coupling->compartments + group->first_compartment;
  const synapus_coupled_circuit *members = coupling->members;
  const float *numbers = coupling->numbers + group->first_number;
  int32_t count = group->compartments, mask = 0, left[SYNAPUS_MOST_COMPARTMENTS];
  float start[SYNAPUS_MOST_COMPARTMENTS], alone[SYNAPUS_MOST_COMPARTMENTS];
  for (int32_t c = 0; c < count; c++) {
    const synapus_compartment *part = compartments + c;
    const int32_t *state = state_of(cores.state, members[part->first_member]);
    start[c] = (float)AT(state, MEMBRANE);
    alone[c] = mean_pending(part, members + part->first_member, cores.pending);
    left[c] = part->hold_bit >= 0 ? AT(state, REFRACTORY_LEFT) : 0;
    if (left[c] >= 64) mask |= 1 << part->hold_bit;
  }
  const float *of_start = numbers + 2 * mask * count * count;
  const float *of_alone = of_start + count * count;
  for (int32_t c = 0; c < count; c++) {
    const synapus_compartment *part = compartments + c;
    float sum = 0;
    for (int32_t k = 0; k < count; k++) {
      sum += of_start[c * count + k] * start[k];
      sum += of_alone[c * count + k] * alone[k];
    }
    if (left[c] > 0 && left[c] < 64) {
      sum = alone[c] + (sum - alone[c]) * numbers[part->tables + left[c]];
    }
    for (int32_t m = 0; m < part->members; m++) {
      synapus_coupled_circuit circuit = members[part->first_member + m];
      cores.pending[circuit.slot][circuit.lane] = sum;
    }
  }
}

void synapus_mix_compartments(
    const synapus_coupling *coupling, int32_t first, int32_t end, synapus_coupled_cores cores) {
  for (int32_t g = first; g < end; g++) mix_group(coupling, coupling->groups + g, cores);
}

// Moves the membranes of joined circuits by the nearest whole count.
static void shift(
    const synapus_coupled_circuit *members, int32_t count, float by, synapus_coupled_cores cores) {
  int32_t counts = (int32_t)(by + (by < 0 ? -0.5f : 0.5f));
  for (int32_t m = 0; m < count; m++) {
    AT(state_of(cores.state, members[m]), MEMBRANE) += counts;
  }
}

// What flows between a membrane and its neighbours between its spike, `left`/64 tick before the
// tick's end, and that end: takes back what flowed from where the spike found the membrane, and
// adds what flows to where its reset goes.
static void settle(
    const synapus_coupling *coupling, int32_t membrane, int32_t left, float fallen,
    synapus_coupled_cores cores) {
  const synapus_compartment *fired = coupling->compartments + membrane;
  const synapus_compartment_group *group = coupling->groups + fired->group;
  const float *taken = coupling->numbers + group->first_number + fired->tables + 64 + left - 1;
  const float *given = taken + 64 * group->compartments;
  const synapus_coupled_circuit *own = coupling->members + fired->first_member;
  float end = (float)AT(state_of(cores.state, own[0]), MEMBRANE), path = end + fallen * 0.5f;
  float flow = 0;
  for (int32_t c = 0; c < group->compartments; c++) {
    const synapus_compartment *part = coupling->compartments + group->first_compartment + c;
    const synapus_coupled_circuit *members = coupling->members + part->first_member;
    if (part == fired) continue;
    const int32_t *state = state_of(cores.state, members[0]);
    flow += given[64 * c] * ((float)AT(state, MEMBRANE) - path);
    if (AT(state, REFRACTORY_LEFT) == 0) {
      shift(members, part->members, -(fallen * taken[64 * c]), cores);
    }
  }
  shift(own, fired->members, flow, cores);
}

void synapus_spread_spikes(
    const uint32_t *spikes, int32_t count, int32_t slot, const int32_t *membranes,
    const synapus_coupling *coupling, synapus_coupled_cores cores) {
  for (int32_t i = 0; i < count; i++) {
    int32_t lane = (int32_t)(spikes[i] >> 8), phase = (int32_t)(spikes[i] & 255);
    int32_t membrane = membranes[lane];
    if (membrane < 0) continue;
    const int32_t *from = state_of(cores.state, (synapus_coupled_circuit){slot, lane});
    const synapus_compartment *part = coupling->compartments + membrane;
    for (int32_t m = 0; m < part->members; m++) {
      int32_t *to = state_of(cores.state, coupling->members[part->first_member + m]);
      AT(to, MEMBRANE) = AT(from, MEMBRANE);
      AT(to, REFRACTORY_LEFT) = AT(from, REFRACTORY_LEFT);
    }
    if (part->group < 0) continue;
    float fallen = cores.pending[slot][lane] - (float)AT(from, MEMBRANE);
    settle(coupling, membrane, 64 - phase, fallen, cores);
  }
}
