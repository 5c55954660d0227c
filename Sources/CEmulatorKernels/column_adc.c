// The column ADC: a plain loop that the compiler vectorises for each instruction set.
#include "CEmulatorKernels.h"
#include "clones.h"
#include "hash_noise.h"

CLONES int32_t synapus_adc_convert(
    const int32_t *state, const int32_t *offset, const int32_t *slope, int32_t first,
    int32_t count, int32_t noise, uint32_t noise_key, int32_t largest_code, uint8_t *codes) {
  int32_t clipped = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t lane = first + i;
    int32_t read = state[(lane >> 4) * (16 * SYNAPUS_STATES) + (lane & 15)];
    read += (read >> 8) * slope[lane] >> 7;
    read += offset[lane] + 0x4000 + hash_noise(noise_key, (uint32_t)lane) * noise;
    int32_t code = read >> 15;
    clipped += (code < 0) | (code > largest_code);
    codes[i] = (uint8_t)(code < 0 ? 0 : code > largest_code ? largest_code : code);
  }
  return clipped;
}
