// The fixed-pattern errors of a row of synapses, and the baking of stored weights into effective
// ones. Draws are those of HardwareSpec's CounterRandom and NormalDistribution, bit for bit, in
// loops that the compiler vectorises: a whole chip's synapses are drawn when an image is loaded.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "CEmulatorKernels.h"
#include "clones.h"

static inline uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// A uniform number in (0, 1) from the upper 52 bits.
static inline double unit(uint64_t word) { return ((double)(word >> 12) + 0.5) * 0x1p-52; }

static inline double central_quantile(double q) {
  double r = q * q;
  double n = -3.969683028665376e+01 * r + 2.209460984245205e+02;
  n = n * r + -2.759285104469687e+02;
  n = n * r + 1.383577518672690e+02;
  n = n * r + -3.066479806614716e+01;
  n = n * r + 2.506628277459239e+00;
  double d = -5.447609879822406e+01 * r + 1.615858368580409e+02;
  d = d * r + -1.556989798598866e+02;
  d = d * r + 6.680131188771972e+01;
  d = d * r + -1.328068155288572e+01;
  d = d * r + 1;
  return n * q / d;
}

// The natural logarithm of a number in (0, 1), as HardwareSpec.DeterministicMath has it.
static double logarithm(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  double exponent = (double)((int64_t)(bits >> 52) - 1023);
  bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u;
  double fraction;
  memcpy(&fraction, &bits, sizeof fraction);
  if (fraction > 1.4142135623730951) {
    fraction *= 0.5;
    exponent += 1;
  }
  double f = fraction - 1;
  double s = f / (2 + f);
  double half = 0.5 * f * f;
  double z = s * s, sum = 0;
  for (int n = 23; n >= 3; n -= 2) sum = z * (2.0 / (double)n + sum);
  double series = s * (half + sum) + exponent * 0x1.ef35793c76730p-45;
  return exponent * 0x1.62e42fefa3800p-1 - ((half - series) - f);
}

static double tail_quantile(double p) {
  double q = __builtin_sqrt(-2 * logarithm(p));
  double n = -7.784894002430293e-03 * q + -3.223964580411365e-01;
  n = n * q + -2.400758277161838e+00;
  n = n * q + -2.549732539343734e+00;
  n = n * q + 4.374664141464968e+00;
  n = n * q + 2.938163982698783e+00;
  double d = 7.784695709041462e-03 * q + 3.224671290700398e-01;
  d = d * q + 2.445134137142996e+00;
  d = d * q + 3.754408661907416e+00;
  d = d * q + 1;
  return n / d;
}

CLONES void synapus_line_normals(
    uint64_t line_key, int32_t first, int32_t count, double *normals) {
  double uniforms[SYNAPUS_MOST_LANES];
  if (count > SYNAPUS_MOST_LANES) count = SYNAPUS_MOST_LANES;
  for (int32_t i = 0; i < count; i++) {
    uint64_t coordinate = (uint64_t)(first + i);
    uniforms[i] = unit(mixed(line_key ^ coordinate * 0x165667B19E3779F9u));
    normals[i] = central_quantile(uniforms[i] - 0.5);
  }
  // One draw in twenty lies in a tail.
  for (int32_t i = 0; i < count; i++) {
    double p = uniforms[i];
    if (p < 0.02425) {
      normals[i] = tail_quantile(p);
    } else if (p > 1 - 0.02425) {
      normals[i] = -tail_quantile(1 - p);
    }
  }
}

CLONES void synapus_synapse_factors(
    const double *normals, double sigma, double row, const double *columns, int32_t count,
    uint16_t *factors) {
  for (int32_t i = 0; i < count; i++) {
    double factor = 256 * (1 + sigma * normals[i]) * row * columns[i];
    factor = factor < 0 ? 0 : factor > SYNAPUS_LARGEST_FACTOR ? SYNAPUS_LARGEST_FACTOR : factor;
    factors[i] = (uint16_t)(int32_t)(factor + 0.5);
  }
}

CLONES void synapus_bit_errors(
    const double *normals, double scale, int32_t count, int16_t *errors) {
  for (int32_t i = 0; i < count; i++) {
    double error = scale * normals[i];
    error = error < -32767 ? -32767 : error > 32767 ? 32767 : error;
    errors[i] = (int16_t)(int32_t)(error < 0 ? error - 0.5 : error + 0.5);
  }
}

CLONES int32_t synapus_bake_weights(
    const uint8_t *stored, const uint16_t *factors, int32_t count, int32_t steps,
    uint8_t *effective) {
  int32_t clipped = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t charge = (stored[i] * steps * factors[i] + 128) >> 8;
    clipped += charge > 255;
    effective[i] = (uint8_t)(charge > 255 ? 255 : charge);
  }
  return clipped;
}

CLONES int32_t synapus_bake_row(
    const uint8_t *stored, const uint16_t *factors, const int16_t *errors, int32_t stride,
    int32_t bits, const int32_t *law, int32_t count, uint8_t *effective) {
  int32_t clipped = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t charge = law[stored[i]];
    for (int32_t k = 0; k < bits; k++) charge += (stored[i] >> k & 1) * errors[k * stride + i];
    charge = charge < 0 ? 0 : charge;
    charge = (int32_t)(((int64_t)charge * factors[i] + 0x8000) >> 16);
    clipped += charge > 255;
    effective[i] = (uint8_t)(charge > 255 ? 255 : charge);
  }
  return clipped;
}
