// The marks that spikes leave until their epoch ends.
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
