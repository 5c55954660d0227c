// The weight update: Adam on the shadow weights, and their rounding to what synapses store.
#include "CTrainingKernels.h"

#include "Clones.h"

#pragma STDC FP_CONTRACT OFF

SYNAPUS_CLONES void synapus_adam(
    const synapus_adam_step *step, size_t count, float gain, float *restrict weights,
    float *restrict mean, float *restrict square, float *restrict partial0,
    float *restrict partial1) {
  const float beta1 = step->beta1, beta2 = step->beta2, largest = step->largest;
  const float rate = step->rate / step->correction1, root = 1 / step->correction2;
  const float epsilon = step->epsilon;
  for (size_t i = 0; i < count; i++) {
    const float g = gain * (partial0[i] + partial1[i]);
    partial0[i] = 0;
    partial1[i] = 0;
    mean[i] = beta1 * mean[i] + (1 - beta1) * g;
    square[i] = beta2 * square[i] + (1 - beta2) * (g * g);
    float w = weights[i] - rate * mean[i] / (__builtin_sqrtf(square[i] * root) + epsilon);
    w = w > largest ? largest : w;
    weights[i] = w < -largest ? -largest : w;
  }
}

/// Rounds to the nearest integer, ties to even; |x| must be below 2^22.
SYNAPUS_INLINE float nearest(float x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: the sum has no fractional bits left.
  return (x + magic) - magic;
}

SYNAPUS_INLINE void round_row(
    const float *restrict w, int32_t columns, float steps_per_weight, float offset, float largest,
    int8_t *restrict line) {
  for (int32_t j = 0; j < columns; j++) {
    float x = w[j] * steps_per_weight + offset;
    x = x > largest ? largest : x;
    x = x < -largest ? -largest : x;
    line[j] = (int8_t)(int32_t)nearest(x);
  }
}

SYNAPUS_CLONES void synapus_round(
    const float *weights, int32_t rows, int32_t columns, int32_t stride, int32_t copies,
    float steps_per_weight, float largest, int8_t *steps) {
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t copy = 0; copy < copies; copy++) {
      const float offset = ((float)copy + 0.5f) / (float)copies - 0.5f;
      round_row(
          weights + (size_t)row * stride, columns, steps_per_weight, offset, largest,
          steps + ((size_t)row * copies + copy) * columns);
    }
  }
}

void synapus_sum_copies(
    const int8_t *steps, int32_t rows, int32_t columns, int32_t copies, float weight_per_step,
    float *effective, int32_t effective_stride) {
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t j = 0; j < columns; j++) {
      int32_t sum = 0;
      for (int32_t copy = 0; copy < copies; copy++)
        sum += steps[((size_t)row * copies + copy) * columns + j];
      effective[(size_t)j * effective_stride + row] = (float)sum * weight_per_step;
    }
  }
}
