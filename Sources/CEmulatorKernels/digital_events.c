// What moves events and sums of digital cores about; every kernel uses these.
#include "CEmulatorKernels.h"
#include "clones.h"

static inline int32_t sum(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

CLONES static void shift_left(
    int32_t *input, const int32_t *sums, int32_t exponent, int32_t lanes, bool fresh) {
  for (int32_t l = 0; l < lanes; l++) {
    int32_t shifted = (int32_t)((uint32_t)sums[l] << exponent);
    input[l] = fresh ? shifted : sum(input[l], shifted);
  }
}

CLONES static void shift_right(
    int32_t *input, const int32_t *sums, int32_t exponent, int32_t lanes, bool fresh) {
  for (int32_t l = 0; l < lanes; l++) {
    int32_t shifted = sums[l] >> exponent;
    input[l] = fresh ? shifted : sum(input[l], shifted);
  }
}

void synapus_digital_shift_sums(
    int32_t *input, const int32_t *sums, int32_t exponent, int32_t lanes, bool fresh) {
  if (exponent < 0) return shift_right(input, sums, -exponent, lanes, fresh);
  shift_left(input, sums, exponent, lanes, fresh);
}

void synapus_digital_add_sparse(
    const synapus_digital_sparse *synapses, const uint32_t *axons, int32_t count, int32_t *ring,
    int32_t slot, int32_t slots, int32_t stride) {
  for (int32_t k = 0; k < count; k++) {
    const uint32_t *starts = synapses->starts + ((int32_t)axons[k] - synapses->first_axon);
    for (uint32_t i = starts[0]; i < starts[1]; i++) {
      int32_t place = slot;
      if (synapses->delays) {
        place += synapses->delays[i];
        if (place >= slots) place -= slots;
      }
      int32_t *to = ring + (int64_t)place * stride + synapses->targets[i];
      *to = sum(*to, synapses->weights[i]);
    }
  }
}

int64_t synapus_digital_add_delayed(
    const int16_t *weights, const uint8_t *delays, int32_t lanes, int32_t first_axon,
    const uint32_t *axons, int32_t count, int32_t *ring, int32_t slot, int32_t slots,
    int32_t stride, int32_t longest) {
  int64_t synapses = 0;
  for (int32_t k = 0; k < count; k++) {
    int64_t row = (int64_t)((int32_t)axons[k] - first_axon) * lanes;
    for (int32_t l = 0; l < lanes; l++) {
      if (!weights[row + l]) continue;
      int32_t delay = delays[row + l] < longest ? delays[row + l] : longest;
      int32_t place = slot + delay;
      if (place >= slots) place -= slots;
      int32_t *to = ring + (int64_t)place * stride + l;
      *to = sum(*to, weights[row + l]);
      synapses++;
    }
  }
  return synapses;
}

CLONES void synapus_digital_record(
    const uint32_t *spikes, int32_t count, uint32_t time, uint32_t base, uint32_t *times,
    uint32_t *units) {
  for (int32_t i = 0; i < count; i++) {
    times[i] = time;
    units[i] = base + spikes[i];
  }
}

void synapus_digital_push(
    const uint32_t *sources, int32_t count, const uint32_t *starts,
    const synapus_digital_target *targets, synapus_digital_list *lists) {
  for (int32_t k = 0; k < count; k++) {
    const synapus_digital_target *target = targets + starts[sources[k]];
    const synapus_digital_target *end = targets + starts[sources[k] + 1];
    for (; target < end; target++) {
      synapus_digital_list *list = lists + target->list;
      list->axons[list->count++] = target->axon;
    }
  }
}
