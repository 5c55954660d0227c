// Digital cores for AVX2: eight neurons a vector.
#include "CEmulatorKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,popcnt,bmi")))
#define KERNEL(name) digital_##name##_avx2
#define V __m256i
#define V_LANES 8
#define V_ZERO _mm256_setzero_si256()
#define V_LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define V_STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define V_LOAD_I8(p) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(p)))
#define V_SET32(x) _mm256_set1_epi32(x)
#define V_AND _mm256_and_si256
#define V_ADD8 _mm256_add_epi8
#define V_ADD16 _mm256_add_epi16
#define V_ADD32 _mm256_add_epi32
#define V_SUB32 _mm256_sub_epi32
#define V_MUL32 _mm256_mullo_epi32
#define V_MADD16 _mm256_madd_epi16
#define V_SRL32 _mm256_srli_epi32
#define V_SLL32 _mm256_slli_epi32
#define SHIFT __m128i
#define V_SHIFT(n) _mm_cvtsi32_si128(n)
#define V_SLL32V(v, n) _mm256_sll_epi32(v, n)
#define V_SRA32 _mm256_srai_epi32
#define V_MIN32 _mm256_min_epi32
#define V_MAX32 _mm256_max_epi32
#define V_WIDEN8_LOW(v) _mm256_cvtepi8_epi16(_mm256_castsi256_si128(v))
#define V_WIDEN8_HIGH(v) _mm256_cvtepi8_epi16(_mm256_extracti128_si256(v, 1))
#define V_WIDEN16_LOW(v) _mm256_cvtepi16_epi32(_mm256_castsi256_si128(v))
#define V_WIDEN16_HIGH(v) _mm256_cvtepi16_epi32(_mm256_extracti128_si256(v, 1))
#define V_COUNT_NONZERO16(v) \
  (16 - __builtin_popcount((uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi16(v, V_ZERO))) / 2)
// x - d, or x + d, in lanes where a > b.
#define V_SUB32_IF_GT(x, a, b, d) V_SUB32(x, V_AND(_mm256_cmpgt_epi32(a, b), d))
#define V_ADD32_IF_GT(x, a, b, d) V_ADD32(x, V_AND(_mm256_cmpgt_epi32(a, b), d))
#define M __m256i
#define M_OR _mm256_or_si256
#define M_BITS(m) ((uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(m)))
#define V_GT(a, b) _mm256_cmpgt_epi32(a, b)
#define V_ZERO_IF(v, m) _mm256_andnot_si256(m, v)
#define V_SELECT(m, a, b) _mm256_blendv_epi8(b, a, m)

// Appends the lanes of a mask to a list; gives how many.
TARGET static inline int32_t KERNEL(append)(uint32_t *list, uint32_t bits, int32_t lane) {
  int32_t count = 0;
  for (; bits; bits &= bits - 1) list[count++] = (uint32_t)(lane + __builtin_ctz(bits));
  return count;
}

#include "crossbar_core.h"
#include "digital_vector.h"

TARGET void synapus_digital_step_avx2(
    const synapus_digital_neurons *core, synapus_digital_state *state) {
  KERNEL(step)(core, state);
}

TARGET int64_t synapus_digital_rows8_avx2(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  (void)counts;
  return KERNEL(rows8)(rows, axons, count, sums, fresh);
}

TARGET int64_t synapus_digital_rows16_avx2(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  return KERNEL(rows16)(rows, axons, count, sums, fresh, counts);
}

TARGET void synapus_crossbar_step_avx2(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *state) {
  KERNEL(crossbar)(core, state);
}

#else

#define SUFFIX avx2
#include "digital_absent.h"

#endif
