// Reading h5py's compression "lzf" (filter 32000), which libhdf5 does not have of its own.
//
// The format is that of LibLZF by Marc Lehmann: a byte below 32 begins a run of literals, any
// other byte the copy of an earlier stretch.
#include <stdlib.h>
#include <string.h>

#include "Record.h"

enum { LZF_FILTER = 32000 };

/// Inflates `input` into `output`; answers with the bytes written, 0 where the input is damaged
/// or needs more room.
static size_t inflate_lzf(
  const uint8_t *input, size_t input_bytes, uint8_t *output, size_t room) {
  size_t in = 0, out = 0;
  while (in < input_bytes) {
    size_t control = input[in++];
    if (control < 32) {
      size_t literals = control + 1;
      if (literals > input_bytes - in || literals > room - out) return 0;
      memcpy(output + out, input + in, literals);
      in += literals;
      out += literals;
      continue;
    }
    size_t length = control >> 5, back = (control & 31) << 8;
    if (length == 7) {
      if (in >= input_bytes) return 0;
      length += input[in++];
    }
    if (in >= input_bytes) return 0;
    back += (size_t)input[in++] + 1;
    length += 2;
    if (back > out || length > room - out) return 0;
    for (size_t i = 0; i < length; i++, out++) output[out] = output[out - back];
  }
  return out;
}

/// Tells how many bytes a chunk has: h5py stores it as the filter's third value.
static size_t chunk_bytes(size_t value_count, const unsigned values[], size_t input_bytes) {
  return value_count >= 3 && values[2] > 0 ? values[2] : 64 * input_bytes;
}

static size_t filter_lzf(
  unsigned flags, size_t value_count, const unsigned values[], size_t bytes, size_t *buffer_bytes,
  void **buffer) {
  if (!(flags & H5Z_FLAG_REVERSE)) return 0;
  size_t room = chunk_bytes(value_count, values, bytes);
  uint8_t *output = malloc(room ? room : 1);
  size_t written = output ? inflate_lzf(*buffer, bytes, output, room) : 0;
  if (written == 0) {
    free(output);
    return 0;
  }
  free(*buffer);
  *buffer = output;
  *buffer_bytes = room;
  return written;
}

void synapus_hdf5_register_lzf(void) {
  const H5Z_class2_t filter = {
    .version = H5Z_CLASS_T_VERS, .id = LZF_FILTER, .encoder_present = 0, .decoder_present = 1,
    .name = "lzf", .filter = filter_lzf};
  H5Zregister(&filter);
}
