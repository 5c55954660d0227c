// The learning engine's epoch for AVX2.
#include "learning.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,popcnt,bmi")))
#define KERNEL(name) name##_avx2

#include "learning_vector.h"

// The hashes of eight lanes.
TARGET static inline __m256i hashes8_avx2(uint32_t key, int32_t first) {
  __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  __m256i x = _mm256_add_epi32(lane, _mm256_set1_epi32(first));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32((int32_t)NOISE_LANE_STEP));
  x = _mm256_add_epi32(x, _mm256_set1_epi32((int32_t)key));
  x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 16));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32((int32_t)NOISE_MULTIPLIER_1));
  x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 15));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32((int32_t)NOISE_MULTIPLIER_2));
  return _mm256_xor_si256(x, _mm256_srli_epi32(x, 16));
}

// Sixteen bits as masks of 16-bit lanes.
TARGET static inline __m256i masks16_avx2(uint32_t bits) {
  __m256i select = _mm256_setr_epi16(
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, (int16_t)0x8000);
  return _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16((int16_t)bits), select), select);
}

TARGET static inline int32_t count16_avx2(__m256i mask) {
  return __builtin_popcount((uint32_t)_mm256_movemask_epi8(mask)) / 2;
}

// The draws of sixteen lanes, of so many bits each, as in KERNEL(draws).
TARGET static inline __m256i draws16_avx2(
    uint32_t key, int32_t first, int32_t quarter, int32_t bits) {
  int32_t base = bits > 8 ? first + 32 * (quarter / 2) : first;
  __m256i a = hashes8_avx2(key, base), b = hashes8_avx2(key, base + 8);
  __m128i shift = _mm_cvtsi32_si128(bits > 8 ? 16 * (quarter & 1) : 8 * quarter);
  __m256i mask = _mm256_set1_epi32(bits > 8 ? 0xFFFF : 0xFF);
  a = _mm256_and_si256(_mm256_srl_epi32(a, shift), mask);
  b = _mm256_and_si256(_mm256_srl_epi32(b, shift), mask);
  __m256i draws = _mm256_permute4x64_epi64(_mm256_packus_epi32(a, b), 0xD8);
  return _mm256_srl_epi16(draws, _mm_cvtsi32_si128(bits > 8 ? 16 - bits : 8 - bits));
}

TARGET static int32_t add_constants_avx2(
    synapus_learning_part *part, const row_product_avx2 *products, int32_t count, int32_t row,
    int32_t first, uint32_t key) {
  int64_t place = (int64_t)row * part->lanes + first;
  uint64_t exists = part->exists[place / BLOCK], fired = part->fired[first / BLOCK];
  __m128i bits = _mm_cvtsi32_si128(part->fraction_bits);
  __m256i fraction = _mm256_set1_epi16((int16_t)((1 << part->fraction_bits) - 1));
  __m256i low = _mm256_set1_epi16((int16_t)part->weight_low);
  __m256i high = _mm256_set1_epi16((int16_t)part->weight_high);
  __m256i floor = _mm256_set1_epi16(-32768), zero = _mm256_setzero_si256();
  bool deep = part->accumulator_low < -32768;
  __m256i results[4];
  int32_t changed = 0, saturated = 0, non_zero = 0;
  for (int32_t quarter = 0; quarter < 4; quarter++) {
    __m256i here = masks16_avx2((uint32_t)(exists >> (16 * quarter)) & 0xFFFF);
    __m256i spiked = masks16_avx2((uint32_t)(fired >> (16 * quarter)) & 0xFFFF);
    __m256i old = _mm256_loadu_si256((const __m256i *)(part->weights + place + 16 * quarter));
    __m256i sum = _mm256_sll_epi16(old, bits);
    for (int32_t k = 0; k < count; k++) {
      __m256i mask = here;
      if (products[k].product->gate == SYNAPUS_GATE_POST) mask = _mm256_and_si256(mask, spiked);
      const int16_t *changes = products[k].changes;
      __m256i change = _mm256_set1_epi16((int16_t)products[k].constant);
      if (changes) {
        change = _mm256_loadu_si256((const __m256i *)(changes + first + 16 * quarter));
      }
      sum = _mm256_adds_epi16(sum, _mm256_and_si256(mask, change));
      // An accumulator that ends at -32769 does not fit.
      __m256i falls = _mm256_and_si256(mask, _mm256_cmpgt_epi16(zero, change));
      if (deep && !_mm256_testz_si256(falls, _mm256_cmpeq_epi16(sum, floor))) return -1;
    }
    __m256i draws = draws16_avx2(key, first, quarter, part->fraction_bits);
    __m256i whole = _mm256_sra_epi16(sum, bits);
    // The mask of a lane that is rounded up is -1.
    whole = _mm256_sub_epi16(whole, _mm256_cmpgt_epi16(_mm256_and_si256(sum, fraction), draws));
    __m256i weight = _mm256_min_epi16(_mm256_max_epi16(whole, low), high);
    saturated += count16_avx2(_mm256_andnot_si256(_mm256_cmpeq_epi16(weight, whole), here));
    weight = _mm256_and_si256(weight, here);
    results[quarter] = weight;
    changed += 16 - count16_avx2(_mm256_cmpeq_epi16(weight, old));
    non_zero += count16_avx2(_mm256_cmpeq_epi16(old, zero))
              - count16_avx2(_mm256_cmpeq_epi16(weight, zero));
  }
  for (int32_t quarter = 0; changed > 0 && quarter < 4; quarter++) {
    _mm256_storeu_si256((__m256i *)(part->weights + place + 16 * quarter), results[quarter]);
  }
  part->saturated += saturated;
  if (part->non_zero) part->non_zero[row] += non_zero;
  return changed;
}

static int32_t bake_vectors_avx2(
    const int16_t *weights, const uint16_t *factors, int32_t lanes, int32_t steps, int32_t count,
    uint8_t *excitatory, uint8_t *inhibitory) {
  (void)weights, (void)factors, (void)lanes, (void)steps, (void)count;
  (void)excitatory, (void)inhibitory;
  return 0;
}

TARGET void synapus_bake_rows_avx2(const synapus_bake *bake) { bake_rows_avx2(bake); }

TARGET void synapus_learn_avx2(synapus_learning_part *part) { learn_avx2(part); }

TARGET void synapus_replay_avx2(const synapus_learning_trace *trace) { replay_avx2(trace); }

#else

// Never called here: the processor has no such instructions.
void synapus_bake_rows_avx2(const synapus_bake *bake) { synapus_bake_rows_portable(bake); }

void synapus_learn_avx2(synapus_learning_part *part) { synapus_learn_portable(part); }

void synapus_replay_avx2(const synapus_learning_trace *trace) { synapus_replay_portable(trace); }

#endif
