// Digital cores for AVX-512 (F, BW, VL, DQ): 16 neurons a vector.
#include "CEmulatorKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) digital_##name##_avx512
#define V __m512i
#define V_LANES 16
#define V_ZERO _mm512_setzero_si512()
#define V_LOAD(p) _mm512_loadu_si512((const void *)(p))
#define V_STORE(p, v) _mm512_storeu_si512((void *)(p), v)
#define V_LOAD_I8(p) _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(p)))
#define V_SET32(x) _mm512_set1_epi32(x)
#define V_AND _mm512_and_si512
#define V_ADD8 _mm512_add_epi8
#define V_ADD16 _mm512_add_epi16
#define V_ADD32 _mm512_add_epi32
#define V_SUB32 _mm512_sub_epi32
#define V_MUL32 _mm512_mullo_epi32
#define V_MADD16 _mm512_madd_epi16
#define V_SRL32 _mm512_srli_epi32
#define V_SLL32 _mm512_slli_epi32
#define SHIFT __m128i
#define V_SHIFT(n) _mm_cvtsi32_si128(n)
#define V_SLL32V(v, n) _mm512_sll_epi32(v, n)
#define V_SRA32 _mm512_srai_epi32
#define V_MIN32 _mm512_min_epi32
#define V_MAX32 _mm512_max_epi32
#define V_WIDEN8_LOW(v) _mm512_cvtepi8_epi16(_mm512_castsi512_si256(v))
#define V_WIDEN8_HIGH(v) _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(v, 1))
#define V_WIDEN16_LOW(v) _mm512_cvtepi16_epi32(_mm512_castsi512_si256(v))
#define V_WIDEN16_HIGH(v) _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(v, 1))
#define V_COUNT_NONZERO16(v) __builtin_popcount(_mm512_test_epi16_mask(v, v))
// x - d, or x + d, in lanes where a > b.
#define V_SUB32_IF_GT(x, a, b, d) _mm512_mask_sub_epi32(x, _mm512_cmpgt_epi32_mask(a, b), x, d)
#define V_ADD32_IF_GT(x, a, b, d) _mm512_mask_add_epi32(x, _mm512_cmpgt_epi32_mask(a, b), x, d)
#define M __mmask16
#define M_OR(a, b) ((__mmask16)((a) | (b)))
#define M_BITS(m) ((uint32_t)(m))
#define V_GT(a, b) _mm512_cmpgt_epi32_mask(a, b)
#define V_ZERO_IF(v, m) _mm512_maskz_mov_epi32((__mmask16)~(m), v)
#define V_SELECT(m, a, b) _mm512_mask_mov_epi32(b, m, a)

// Appends the lanes of a mask to a list with room for a whole vector; gives how many.
TARGET static inline int32_t KERNEL(append)(uint32_t *list, uint32_t bits, int32_t lane) {
  V indices = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  V lanes = V_ADD32(indices, V_SET32(lane));
  V_STORE(list, _mm512_maskz_compress_epi32((__mmask16)bits, lanes));
  return __builtin_popcount(bits);
}

#include "crossbar_core.h"
#include "digital_vector.h"

TARGET void synapus_digital_step_avx512(
    const synapus_digital_neurons *core, synapus_digital_state *state) {
  KERNEL(step)(core, state);
}

TARGET int64_t synapus_digital_rows8_avx512(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  (void)counts;
  return KERNEL(rows8)(rows, axons, count, sums, fresh);
}

TARGET int64_t synapus_digital_rows16_avx512(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  return KERNEL(rows16)(rows, axons, count, sums, fresh, counts);
}

TARGET void synapus_crossbar_step_avx512(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *state) {
  KERNEL(crossbar)(core, state);
}

#else

#define SUFFIX avx512
#include "digital_absent.h"

#endif
