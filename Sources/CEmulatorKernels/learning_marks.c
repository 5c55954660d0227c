// What an epoch needs before and after its rule: marks of spikes, and effective weights.
#include "clones.h"
#include "learning.h"

int32_t synapus_learning_mark(
    const uint32_t *list, int32_t list_count, int32_t shift, int32_t first, int32_t count,
    uint16_t place, uint16_t *spiked_at, uint64_t *bits, int32_t *spiked, int32_t *spiked_count,
    int32_t *repeated) {
  int32_t marked = *spiked_count, again = 0;
  for (int32_t i = 0; i < list_count; i++) {
    int32_t n = (int32_t)(list[i] >> shift) - first;
    if (n < 0 || n >= count) continue;
    if (spiked_at[n]) {
      repeated[again++] = n;
      continue;
    }
    spiked_at[n] = place;
    bits[n >> 6] |= (uint64_t)1 << (n & 63);
    spiked[marked++] = n;
  }
  *spiked_count = marked;
  return again;
}

CLONES void synapus_bake_signed(
    const int16_t *restrict weights, const uint16_t *restrict excitatory_factors,
    const uint16_t *restrict inhibitory_factors, int32_t steps, int32_t count,
    uint8_t *restrict excitatory, uint8_t *restrict inhibitory) {
  for (int32_t i = 0; i < count; i++) {
    int16_t weight = weights[i];
    uint16_t size = (uint16_t)((weight < 0 ? -weight : weight) * steps);
    uint16_t factor = weight < 0 ? inhibitory_factors[i] : excitatory_factors[i];
    uint16_t low = (uint16_t)((uint32_t)size * factor);
    uint16_t high = (uint16_t)((uint32_t)size * factor >> 16);
    // (size * factor + 128) >> 8 from its halves.
    uint16_t charge = (uint16_t)((uint16_t)(high << 8) + (low >> 8) + (low >> 7 & 1));
    charge = charge > 255 ? 255 : charge;
    excitatory[i] = (uint8_t)(weight > 0 ? charge : 0);
    if (inhibitory) inhibitory[i] = (uint8_t)(weight < 0 ? charge : 0);
  }
}
