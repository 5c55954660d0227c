// Noise by hashing a counter: the sum of two bytes of a 32-bit hash, mean 255 and standard
// deviation 104.5. Lanes 16 apart share a hash and take a half each. The hash is "lowbias32"
// (C. Wellons, 2018), a bijection of 32-bit words.
#pragma once
#include <stdint.h>

#define NOISE_LANE_STEP 0x9E3779B1u
#define NOISE_MULTIPLIER_1 0x7FEB352Du
#define NOISE_MULTIPLIER_2 0x846CA68Bu
#define NOISE_MEAN 255

// The lane whose hash a lane takes: the one 16 below, in every second block of 16.
static inline uint32_t noise_lane(uint32_t lane) { return lane & ~16u; }

static inline int32_t hash_noise(uint32_t key, uint32_t lane) {
  uint32_t x = key + noise_lane(lane) * NOISE_LANE_STEP;
  x = (x ^ (x >> 16)) * NOISE_MULTIPLIER_1;
  x = (x ^ (x >> 15)) * NOISE_MULTIPLIER_2;
  x ^= x >> 16;
  if (lane & 16) x >>= 16;
  return (int32_t)((x & 255) + (x >> 8 & 255)) - NOISE_MEAN;
}
