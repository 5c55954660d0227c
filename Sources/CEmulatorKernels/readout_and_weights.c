// The column ADC, and the baking of stored weights into effective ones: plain loops that the
// compiler vectorises for each instruction set.
#include "CEmulatorKernels.h"
#include "hash_noise.h"

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

CLONES int32_t synapus_adc_convert(
    const int32_t *state, const int32_t *offset, int32_t first, int32_t count, int32_t noise,
    uint32_t noise_key, int32_t largest_code, uint8_t *codes) {
  int32_t clipped = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t lane = first + i;
    int32_t read = state[(lane >> 4) * (16 * SYNAPUS_STATES) + (lane & 15)];
    read += offset[lane] + 0x4000 + hash_noise(noise_key, (uint32_t)lane) * noise;
    int32_t code = read >> 15;
    clipped += (code < 0) | (code > largest_code);
    codes[i] = (uint8_t)(code < 0 ? 0 : code > largest_code ? largest_code : code);
  }
  return clipped;
}

CLONES int32_t synapus_bake_weights(
    const uint8_t *stored, const uint16_t *factors, int32_t count, int32_t steps,
    uint8_t *effective) {
  int32_t clipped = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t charge = (stored[i] * steps * factors[i] + 128) >> 8;
    clipped += charge > 255;
    effective[i] = (uint8_t)(charge > 255 ? 255 : charge);
  }
  return clipped;
}
