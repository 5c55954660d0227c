// The bytes between the child that reads a file and the parent that asked for it.
#pragma once
#include "CHDF5Shim.h"

enum {
  RECORD_OPENING = 100,  // the object at `path` is about to be read
  RECORD_NOT_HDF5 = 101,
  RECORD_END = 102
};

/// Precedes path, attribute name, lengths and values of one object. A kind is a SynapusHDF5Kind
/// or one of the above.
typedef struct {
  uint32_t kind, refusal, type, rank;
  uint64_t shape[SYNAPUS_HDF5_MAX_RANK];
  uint64_t count;
  uint32_t path_bytes, attribute_bytes;
  uint64_t length_count, byte_count;
} Record;

/// Sets the element count from the shape; 0 where a length or the product exceeds 63 bits.
static inline int synapus_hdf5_count(Record *record) {
  int64_t count = 1;
  for (uint32_t i = 0; i < record->rank; i++)
    if (record->shape[i] > INT64_MAX || __builtin_mul_overflow(count, record->shape[i], &count))
      return 0;
  record->count = (uint64_t)count;
  return 1;
}

/// Reads the file and writes its records to `output`; the body of the child process.
void synapus_hdf5_walk(
  const char *path, const char *wanted, SynapusHDF5Limits limits, int output);

/// Makes libhdf5 of this process read h5py's compression "lzf".
void synapus_hdf5_register_lzf(void);
