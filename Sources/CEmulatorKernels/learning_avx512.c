// The learning engine's epoch for AVX-512 (F, BW, VL, DQ).
#include "learning.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) name##_avx512

#include "learning_vector.h"

// The hashes of 16 lanes.
TARGET static inline __m512i hashes16_avx512(uint32_t key, int32_t first) {
  __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i x = _mm512_add_epi32(lane, _mm512_set1_epi32(first));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_LANE_STEP));
  x = _mm512_add_epi32(x, _mm512_set1_epi32((int32_t)key));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_MULTIPLIER_1));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 15));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32((int32_t)NOISE_MULTIPLIER_2));
  return _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
}

// The low and the high 16 bits of 16 words, low ones first.
TARGET static inline __m512i halves16_avx512(__m512i x) {
  __m256i low = _mm512_cvtepi32_epi16(x), high = _mm512_cvtepi32_epi16(_mm512_srli_epi32(x, 16));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

// The draws of a block, of so many bits each, as in KERNEL(draws).
TARGET static inline void draws64_avx512(
    uint32_t key, int32_t first, int32_t bits, __m512i draws[2]) {
  __m512i x = hashes16_avx512(key, first);
  if (bits > 8) {
    __m128i spare = _mm_cvtsi32_si128(16 - bits);
    draws[0] = _mm512_srl_epi16(halves16_avx512(x), spare);
    draws[1] = _mm512_srl_epi16(halves16_avx512(hashes16_avx512(key, first + 32)), spare);
    return;
  }
  __m128i spare = _mm_cvtsi32_si128(8 - bits);
  __m512i pairs = halves16_avx512(x);  // bytes 0 and 1 of each word, then bytes 2 and 3
  __m512i even = _mm512_srl_epi16(_mm512_and_si512(pairs, _mm512_set1_epi16(0xFF)), spare);
  __m512i odd = _mm512_srl_epi16(_mm512_srli_epi16(pairs, 8), spare);
  draws[0] = _mm512_inserti64x4(even, _mm512_castsi512_si256(odd), 1);
  draws[1] = _mm512_inserti64x4(odd, _mm512_extracti64x4_epi64(even, 1), 0);
}

TARGET static int32_t add_constants_avx512(
    synapus_learning_part *part, const row_product_avx512 *products, int32_t count, int32_t row,
    int32_t first, uint32_t key) {
  int64_t place = (int64_t)row * part->lanes + first;
  uint64_t exists = part->exists[place / BLOCK], fired = part->fired[first / BLOCK];
  __m128i bits = _mm_cvtsi32_si128(part->fraction_bits);
  __m512i fraction = _mm512_set1_epi16((int16_t)((1 << part->fraction_bits) - 1));
  __m512i low = _mm512_set1_epi16((int16_t)part->weight_low);
  __m512i high = _mm512_set1_epi16((int16_t)part->weight_high);
  __m512i floor = _mm512_set1_epi16(-32768);
  bool deep = part->accumulator_low < -32768;
  __m512i results[2], draws[2];
  draws64_avx512(key, first, part->fraction_bits, draws);
  __mmask32 changes[2];
  int32_t changed = 0, saturated = 0, non_zero = 0;
  for (int32_t half = 0; half < 2; half++) {
    __mmask32 here = (__mmask32)(exists >> (32 * half));
    __m512i old = _mm512_loadu_si512(part->weights + place + 32 * half);
    __m512i sum = _mm512_sll_epi16(old, bits);
    for (int32_t k = 0; k < count; k++) {
      __mmask32 mask = here;
      if (products[k].product->gate == SYNAPUS_GATE_POST) mask &= (__mmask32)(fired >> (32 * half));
      const int16_t *changes = products[k].changes;
      __m512i change = changes ? _mm512_loadu_si512(changes + first + 32 * half)
                               : _mm512_set1_epi16((int16_t)products[k].constant);
      sum = _mm512_mask_adds_epi16(sum, mask, sum, change);
      if (deep && (changes || products[k].constant < 0)) {
        // An accumulator that ends at -32769 does not fit.
        mask = _mm512_mask_cmplt_epi16_mask(mask, change, _mm512_setzero_si512());
        if (_mm512_mask_cmpeq_epi16_mask(mask, sum, floor)) return -1;
      }
    }
    __m512i whole = _mm512_sra_epi16(sum, bits);
    __mmask32 up = _mm512_cmplt_epi16_mask(draws[half], _mm512_and_si512(sum, fraction));
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

TARGET static int32_t bake_vectors_avx512(
    const int16_t *weights, const uint16_t *factors, int32_t lanes, int32_t steps, int32_t count,
    uint8_t *excitatory, uint8_t *inhibitory) {
  __m512i step = _mm512_set1_epi16((int16_t)steps), most = _mm512_set1_epi16(255);
  int32_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m512i weight = _mm512_loadu_si512(weights + i);
    __mmask32 negative = _mm512_movepi16_mask(weight);
    __m512i factor = _mm512_mask_loadu_epi16(
        _mm512_loadu_si512(factors + i), negative, factors + lanes + i);
    __m512i size = _mm512_mullo_epi16(_mm512_abs_epi16(weight), step);
    __m512i low = _mm512_mullo_epi16(size, factor), high = _mm512_mulhi_epu16(size, factor);
    // (low + 128) >> 8, which may be 256.
    __m512i rounded = _mm512_avg_epu16(_mm512_srli_epi16(low, 7), _mm512_setzero_si512());
    __m512i charge = _mm512_add_epi16(_mm512_slli_epi16(high, 8), rounded);
    __m256i bytes = _mm512_cvtepi16_epi8(_mm512_min_epu16(charge, most));
    _mm256_storeu_si256((__m256i *)(excitatory + i), _mm256_maskz_mov_epi8(~negative, bytes));
    _mm256_storeu_si256((__m256i *)(inhibitory + i), _mm256_maskz_mov_epi8(negative, bytes));
  }
  return i;
}

TARGET void synapus_bake_rows_avx512(const synapus_bake *bake) { bake_rows_avx512(bake); }

TARGET void synapus_learn_avx512(synapus_learning_part *part) { learn_avx512(part); }

TARGET void synapus_replay_avx512(const synapus_learning_trace *trace) { replay_avx512(trace); }

#else

// Never called here: the processor has no such instructions.
void synapus_bake_rows_avx512(const synapus_bake *bake) { synapus_bake_rows_portable(bake); }

void synapus_learn_avx512(synapus_learning_part *part) { synapus_learn_portable(part); }

void synapus_replay_avx512(const synapus_learning_trace *trace) { synapus_replay_portable(trace); }

#endif
