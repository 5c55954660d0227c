// The core's tick for AVX-512 (F, BW, VL, DQ): 16 circuits a vector.
#include "CEmulatorKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt,bmi")))
#define KERNEL(name) name##_avx512
#define V __m512i
#define V_LANES 16
#define V_BYTES 64
#define V_ZERO _mm512_setzero_si512()
#define V_LOAD(p) _mm512_loadu_si512((const void *)(p))
#define V_STORE(p, v) _mm512_storeu_si512((void *)(p), v)
#define V_LOAD_U16(p) _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(p)))
#define V_SET16(x) _mm512_set1_epi16(x)
#define V_SET32(x) _mm512_set1_epi32(x)
#define V_AND _mm512_and_si512
#define V_OR _mm512_or_si512
#define V_XOR _mm512_xor_si512
#define V_ADD16 _mm512_add_epi16
#define V_ADD32 _mm512_add_epi32
#define V_SUB32 _mm512_sub_epi32
#define V_MUL32 _mm512_mullo_epi32
#define V_MADD16 _mm512_madd_epi16
#define V_MADDUBS _mm512_maddubs_epi16
#define V_SRL16 _mm512_srli_epi16
#define V_SRL32 _mm512_srli_epi32
#define V_SLL32 _mm512_slli_epi32
// Shifts the high halves of pairs right by 4.
#define V_SRL_HIGH4(v) _mm512_srlv_epi16(v, _mm512_set1_epi32(4 << 16))
#define V_SRA32 _mm512_srai_epi32
#define V_SRAV32 _mm512_srav_epi32
#define V_MIN16 _mm512_min_epi16
#define V_MIN32 _mm512_min_epi32
#define V_MAX32 _mm512_max_epi32
#define V_MINU32 _mm512_min_epu32
#define V_UNPACKLO8 _mm512_unpacklo_epi8
#define V_UNPACKHI8 _mm512_unpackhi_epi8
#define V_COUNT_GT16(a, b) __builtin_popcount(_mm512_cmpgt_epi16_mask(a, b))
#define V_ANY_GE(a, b, c) \
  (uint32_t)((_mm512_cmpge_epi32_mask(a, b) | _mm512_test_epi32_mask(c, c)) != 0)
#define M __mmask16
#define M_ANY(m) (m)
#define V_MASK_GE_LT(a, b, c, d) \
  _mm512_mask_cmplt_epi32_mask(_mm512_cmpge_epi32_mask(a, b), c, d)
#define V_STORE_MASKED(p, m, v) _mm512_mask_storeu_epi32((void *)(p), m, v)

#include <stdint.h>

// The unpacked halves interleave in groups of eight columns; puts them in order and stores them.
TARGET static inline void KERNEL(store_halves)(uint16_t *to, V low, V high) {
  V first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  V second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  V_STORE(to, _mm512_permutex2var_epi64(low, first, high));
  V_STORE(to + 32, _mm512_permutex2var_epi64(low, second, high));
}

// Spreads 16 bytes of weights over the lanes, each into byte `byte` and `byte` + 2 of its own.
TARGET static inline V KERNEL(spread)(const uint8_t *weights, int byte) {
  V row = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)weights));
  V first = _mm512_set_epi32(
      (int32_t)0x800F800F, (int32_t)0x800E800E, (int32_t)0x800D800D, (int32_t)0x800C800C,
      (int32_t)0x800B800B, (int32_t)0x800A800A, (int32_t)0x80098009, (int32_t)0x80088008,
      (int32_t)0x80078007, (int32_t)0x80068006, (int32_t)0x80058005, (int32_t)0x80048004,
      (int32_t)0x80038003, (int32_t)0x80028002, (int32_t)0x80018001, (int32_t)0x80008000);
  return _mm512_shuffle_epi8(row, byte ? V_OR(V_SLL32(first, 8), V_SET32(0x800080)) : first);
}

TARGET static inline V KERNEL(lane_indices)(void) {
  return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// 64 * a / b in single precision, towards zero.
TARGET static inline V KERNEL(quotient64)(V a, V b) {
  __m512 numerator = _mm512_mul_ps(_mm512_cvtepi32_ps(a), _mm512_set1_ps(64.0f));
  return _mm512_cvttps_epi32(_mm512_div_ps(numerator, _mm512_cvtepi32_ps(b)));
}

// Appends the lanes of a mask to a list with room for a whole vector; gives how many.
TARGET static inline int32_t KERNEL(append)(uint32_t *list, __mmask16 mask, V values) {
  V_STORE(list, _mm512_maskz_compress_epi32(mask, values));
  return __builtin_popcount(mask);
}

#include "core_step_vector.h"

TARGET void synapus_core_step_avx512(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch) {
  KERNEL(step_samples)(core, weights, samples, count, scratch);
}

bool synapus_cpu_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

#else

// Never called here: the processor has no such instructions.
void synapus_core_step_avx512(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch) {
  synapus_core_step_portable(core, weights, samples, count, scratch);
}

bool synapus_cpu_has_avx512(void) { return false; }

#endif
