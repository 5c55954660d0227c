// Noise by hashing a counter: the sum of the four bytes of a 32-bit hash, mean 510 and standard
// deviation 147.8. The hash is "lowbias32" (C. Wellons, 2018), a bijection of 32-bit words.
#pragma once
#include <stdint.h>

#define NOISE_LANE_STEP 0x9E3779B1u
#define NOISE_MULTIPLIER_1 0x7FEB352Du
#define NOISE_MULTIPLIER_2 0x846CA68Bu
#define NOISE_MEAN 510

static inline int32_t hash_noise(uint32_t key, uint32_t lane) {
  uint32_t x = key + lane * NOISE_LANE_STEP;
  x = (x ^ (x >> 16)) * NOISE_MULTIPLIER_1;
  x = (x ^ (x >> 15)) * NOISE_MULTIPLIER_2;
  x ^= x >> 16;
  return (int32_t)((x & 255) + (x >> 8 & 255) + (x >> 16 & 255) + (x >> 24)) - NOISE_MEAN;
}
