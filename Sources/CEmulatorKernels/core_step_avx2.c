// The core's tick for AVX2: eight circuits a vector.
#include "CEmulatorKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,popcnt,bmi")))
#define KERNEL(name) name##_avx2
#define V __m256i
#define V_LANES 8
#define V_BYTES 32
#define V_ZERO _mm256_setzero_si256()
#define V_LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define V_STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define V_LOAD_U16(p) _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(p)))
#define V_SET16(x) _mm256_set1_epi16(x)
#define V_SET32(x) _mm256_set1_epi32(x)
#define V_AND _mm256_and_si256
#define V_OR _mm256_or_si256
#define V_XOR _mm256_xor_si256
#define V_ADD16 _mm256_add_epi16
#define V_ADD32 _mm256_add_epi32
#define V_SUB32 _mm256_sub_epi32
#define V_MUL32 _mm256_mullo_epi32
#define V_MADD16 _mm256_madd_epi16
#define V_MADDUBS _mm256_maddubs_epi16
#define V_SRL16 _mm256_srli_epi16
#define V_SRL32 _mm256_srli_epi32
#define V_SLL32 _mm256_slli_epi32
// Shifts the high halves of pairs right by 4.
#define V_SRL_HIGH4(v) \
  _mm256_blend_epi16(v, _mm256_slli_epi32(_mm256_srli_epi32(v, 20), 16), 0xAA)
#define V_SRA32 _mm256_srai_epi32
#define V_SRAV32 _mm256_srav_epi32
#define V_MIN16 _mm256_min_epi16
#define V_MIN32 _mm256_min_epi32
#define V_MAX32 _mm256_max_epi32
#define V_MINU32 _mm256_min_epu32
#define V_UNPACKLO8 _mm256_unpacklo_epi8
#define V_UNPACKHI8 _mm256_unpackhi_epi8
#define V_COUNT_GT16(a, b) \
  (__builtin_popcount((uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi16(a, b))) / 2)
#define V_ANY_GE(a, b, c) \
  (uint32_t)(_mm256_movemask_epi8(_mm256_cmpgt_epi32(b, a)) != -1 || !_mm256_testz_si256(c, c))
#define M __m256i
#define M_ANY(m) (!_mm256_testz_si256(m, m))
#define V_MASK_GE_LT(a, b, c, d) \
  _mm256_andnot_si256(_mm256_cmpgt_epi32(b, a), _mm256_cmpgt_epi32(d, c))
#define V_STORE_MASKED(p, m, v) _mm256_maskstore_epi32((int *)(p), m, v)

#include <stdint.h>

// The unpacked halves interleave in groups of eight columns; puts them in order and stores them.
TARGET static inline void KERNEL(store_halves)(uint16_t *to, V low, V high) {
  V_STORE(to, _mm256_permute2x128_si256(low, high, 0x20));
  V_STORE(to + 16, _mm256_permute2x128_si256(low, high, 0x31));
}

// Spreads 8 bytes of weights over the lanes, each into byte `byte` and `byte` + 2 of its own.
TARGET static inline V KERNEL(spread)(const uint8_t *weights, int byte) {
  V row = _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)weights));
  V first = _mm256_set_epi32(
      (int32_t)0x80078007, (int32_t)0x80068006, (int32_t)0x80058005, (int32_t)0x80048004,
      (int32_t)0x80038003, (int32_t)0x80028002, (int32_t)0x80018001, (int32_t)0x80008000);
  return _mm256_shuffle_epi8(row, byte ? V_OR(V_SLL32(first, 8), V_SET32(0x800080)) : first);
}

TARGET static inline V KERNEL(lane_indices)(void) {
  return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

// 64 * a / b in single precision, towards zero.
TARGET static inline V KERNEL(quotient64)(V a, V b) {
  __m256 numerator = _mm256_mul_ps(_mm256_cvtepi32_ps(a), _mm256_set1_ps(64.0f));
  return _mm256_cvttps_epi32(_mm256_div_ps(numerator, _mm256_cvtepi32_ps(b)));
}

// Appends the lanes of a mask to a list; gives how many.
TARGET static inline int32_t KERNEL(append)(uint32_t *list, __m256i mask, V values) {
  uint32_t lanes[V_LANES], bits = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(mask));
  int32_t count = 0;
  V_STORE(lanes, values);
  for (; bits; bits &= bits - 1) list[count++] = lanes[__builtin_ctz(bits)];
  return count;
}

#include "core_step_vector.h"

TARGET void synapus_core_step_avx2(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch) {
  KERNEL(step_samples)(core, weights, samples, count, scratch);
}

bool synapus_cpu_has_avx2(void) { return __builtin_cpu_supports("avx2"); }

#else

// Never called here: the processor has no such instructions.
void synapus_core_step_avx2(
    const synapus_core_constants *core, const uint8_t *weights, synapus_core_sample *samples,
    int32_t count, uint16_t *scratch) {
  synapus_core_step_portable(core, weights, samples, count, scratch);
}

bool synapus_cpu_has_avx2(void) { return false; }

#endif
