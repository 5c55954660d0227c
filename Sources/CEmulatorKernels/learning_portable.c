// The learning engine's epoch in plain C.
#define TARGET
#define KERNEL(name) name##_portable

#include "learning_vector.h"

static int32_t add_constants_portable(
    synapus_learning_part *part, const row_product_portable *products, int32_t count, int32_t row,
    int32_t first, uint32_t key) {
  (void)part, (void)products, (void)count, (void)row, (void)first, (void)key;
  return -1;
}

static int32_t bake_vectors_portable(
    const int16_t *weights, const uint16_t *factors, int32_t lanes, int32_t steps, int32_t count,
    uint8_t *excitatory, uint8_t *inhibitory) {
  (void)weights, (void)factors, (void)lanes, (void)steps, (void)count;
  (void)excitatory, (void)inhibitory;
  return 0;
}

void synapus_bake_rows_portable(const synapus_bake *bake) { bake_rows_portable(bake); }

void synapus_learn_portable(synapus_learning_part *part) { learn_portable(part); }

void synapus_replay_portable(const synapus_learning_trace *trace) { replay_portable(trace); }
