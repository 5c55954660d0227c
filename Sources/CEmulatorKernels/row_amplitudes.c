// Short-term plasticity of the row drivers: a few events a tick, one after the other.
#include "CEmulatorKernels.h"

#define MATH_TARGET
#define REAL float
#define WHOLE int32_t
#define MATH(name) row_##name
static inline float row_from_whole(int32_t x) { return (float)x; }
#include "float_math.h"

void synapus_row_amplitudes(
    const synapus_row_plasticity *rows, synapus_row_state *states, const uint32_t *events,
    int32_t event_count, int32_t tick, float *amplitudes) {
  for (int32_t i = 0; i < event_count; i++) {
    const synapus_row_plasticity *row = &rows[events[i] >> 8];
    synapus_row_state *state = &states[events[i] >> 8];
    int32_t phase = (int32_t)(events[i] & 255);
    float ticks = (float)(tick - state->tick) + (float)(phase - state->phase) * 0.015625f;
    float inactive = state->inactive * row_exp(-(row->rate * ticks));
    amplitudes[i] = row_largest(row->offset + row->scale * inactive, 0.0f);
    *state = (synapus_row_state){
        inactive + row->utilisation * (1.0f - inactive), tick, phase};
  }
}
