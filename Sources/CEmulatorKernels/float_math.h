// Exponential and logarithm in IEEE single precision, without contraction: every machine rounds
// them alike. The including file defines REAL (a float or a vector of them), WHOLE (as many
// int32_t) and MATH(name). Worst error: 3 units in the last place.
//
// The Swift twin is Sources/Emulator/Reference/FloatMath.swift.
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

MATH_TARGET static inline __attribute__((always_inline)) WHOLE MATH(bits)(REAL x) {
  WHOLE bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

MATH_TARGET static inline __attribute__((always_inline)) REAL MATH(real)(WHOLE bits) {
  REAL x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

MATH_TARGET static inline __attribute__((always_inline)) REAL MATH(least)(REAL a, REAL b) {
  return a < b ? a : b;
}

MATH_TARGET static inline __attribute__((always_inline)) REAL MATH(largest)(REAL a, REAL b) {
  return a > b ? a : b;
}

// The exponential function of x, which is limited to within 80 of zero.
MATH_TARGET static inline __attribute__((always_inline)) REAL MATH(exp)(REAL x) {
  x = MATH(largest)(MATH(least)(x, (REAL)(80.0f)), (REAL)(-80.0f));
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  REAL shifted = x * (REAL)(1.44269504f) + (REAL)(12582912.0f);
  REAL n = shifted - (REAL)(12582912.0f);
  REAL r = (x - n * (REAL)(0.693359375f)) - n * (REAL)(-2.12194440e-4f);
  REAL p = (REAL)(1.38888889e-3f);
  p = p * r + (REAL)(8.33333333e-3f);
  p = p * r + (REAL)(4.16666667e-2f);
  p = p * r + (REAL)(0.166666667f);
  p = p * r + (REAL)(0.5f);
  p = p * r + (REAL)(1.0f);
  p = p * r + (REAL)(1.0f);
  return p * MATH(real)((MATH(bits)(shifted) << 23) + (WHOLE)(0x3F800000));
}

// The natural logarithm of a positive normal number; exactly 0 at 1.
MATH_TARGET static inline __attribute__((always_inline)) REAL MATH(log)(REAL x) {
  // x = m * 2^e with m from the square root of 1/2 to that of 2.
  WHOLE bits = MATH(bits)(x);
  WHOLE exponent = (bits - (WHOLE)(0x3F3504F3)) >> 23;
  REAL m = MATH(real)(bits - (exponent << 23));
  REAL e = MATH(from_whole)(exponent);
  REAL s = (m - (REAL)(1.0f)) / (m + (REAL)(1.0f));
  REAL z = s * s;
  REAL p = (REAL)(0.222222222f);
  p = p * z + (REAL)(0.285714286f);
  p = p * z + (REAL)(0.4f);
  p = p * z + (REAL)(0.666666667f);
  REAL series = s * z * p;
  return (((s + s) + series) + e * (REAL)(-2.12194440e-4f)) + e * (REAL)(0.693359375f);
}
