// The learning engine's epoch for AVX-512 (F, BW, VL, DQ).
#include "learning.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) name##_avx512

#include "learning_vector.h"

// The draws of 32 lanes, 16 bits each.
TARGET static inline __m512i draws32_avx512(uint32_t key, int32_t first) {
  __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i x = _mm512_add_epi32(lane, _mm512_set1_epi32(first));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_LANE_STEP));
  x = _mm512_add_epi32(x, _mm512_set1_epi32((int32_t)key));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_MULTIPLIER_1));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 15));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_MULTIPLIER_2));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
  __m256i low = _mm512_cvtepi32_epi16(x), high = _mm512_cvtepi32_epi16(_mm512_srli_epi32(x, 16));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

TARGET static int32_t add_constants_avx512(
    synapus_learning_part *part, const row_product_avx512 *products, int32_t count, int32_t row,
    int32_t first, uint32_t key) {
  int64_t place = (int64_t)row * part->lanes + first;
  uint64_t exists = part->exists[place / BLOCK], fired = part->fired[first / BLOCK];
  __m128i bits = _mm_cvtsi32_si128(part->fraction_bits);
  __m128i spare = _mm_cvtsi32_si128(16 - part->fraction_bits);
  __m512i fraction = _mm512_set1_epi16((int16_t)((1 << part->fraction_bits) - 1));
  __m512i low = _mm512_set1_epi16((int16_t)part->weight_low);
  __m512i high = _mm512_set1_epi16((int16_t)part->weight_high);
  __m512i floor = _mm512_set1_epi16(-32768);
  bool deep = part->accumulator_low < -32768;
  __m512i results[2];
  __mmask32 changes[2];
  int32_t changed = 0, saturated = 0, non_zero = 0;
  for (int32_t half = 0; half < 2; half++) {
    __mmask32 here = (__mmask32)(exists >> (32 * half));
    __m512i old = _mm512_loadu_si512(part->weights + place + 32 * half);
    __m512i sum = _mm512_sll_epi16(old, bits);
    for (int32_t k = 0; k < count; k++) {
      __mmask32 mask = here;
      if (products[k].product->gate == SYNAPUS_GATE_POST) mask &= (__mmask32)(fired >> (32 * half));
      int32_t constant = products[k].constant;
      sum = _mm512_mask_adds_epi16(sum, mask, sum, _mm512_set1_epi16((int16_t)constant));
      // An accumulator that ends at -32769 does not fit.
      if (deep && constant < 0 && _mm512_mask_cmpeq_epi16_mask(mask, sum, floor)) return -1;
    }
    __m512i draws = _mm512_srl_epi16(draws32_avx512(key, first + 32 * half), spare);
    __m512i whole = _mm512_sra_epi16(sum, bits);
    __mmask32 up = _mm512_cmplt_epi16_mask(draws, _mm512_and_si512(sum, fraction));
    whole = _mm512_mask_add_epi16(whole, up, whole, _mm512_set1_epi16(1));
    __m512i weight = _mm512_min_epi16(_mm512_max_epi16(whole, low), high);
    saturated += __builtin_popcount(_mm512_mask_cmpneq_epi16_mask(here, weight, whole));
    weight = _mm512_maskz_mov_epi16(here, weight);
    results[half] = weight;
    changes[half] = _mm512_cmpneq_epi16_mask(weight, old);
    changed += __builtin_popcount(changes[half]);
    non_zero += __builtin_popcount(_mm512_test_epi16_mask(weight, weight))
              - __builtin_popcount(_mm512_test_epi16_mask(old, old));
  }
  for (int32_t half = 0; half < 2; half++) {
    if (changes[half]) _mm512_storeu_si512(part->weights + place + 32 * half, results[half]);
  }
  part->saturated += saturated;
  if (part->non_zero) part->non_zero[row] += non_zero;
  return changed;
}

TARGET void synapus_learn_avx512(synapus_learning_part *part) { learn_avx512(part); }

TARGET void synapus_replay_avx512(const synapus_learning_trace *trace) { replay_avx512(trace); }

#else

// Never called here: the processor has no such instructions.
void synapus_learn_avx512(synapus_learning_part *part) { synapus_learn_portable(part); }

void synapus_replay_avx512(const synapus_learning_trace *trace) { synapus_replay_portable(trace); }

#endif
