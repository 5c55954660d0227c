// What Swift cannot import from libhdf5 (ids behind macros and C globals), and what our modules
// must not do twice: one lock, and one way to read a file that a stranger wrote.
#pragma once
#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

// MARK: - Ids that libhdf5 hides behind macros

static inline hid_t synapus_hdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t synapus_hdf5_all(void) { return H5S_ALL; }
static inline hid_t synapus_hdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t synapus_hdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t synapus_hdf5_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t synapus_hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t synapus_hdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t synapus_hdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t synapus_hdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t synapus_hdf5_file_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t synapus_hdf5_file_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t synapus_hdf5_file_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t synapus_hdf5_file_int64(void) { return H5T_STD_I64LE; }
static inline hid_t synapus_hdf5_c_string(void) { return H5T_C_S1; }
static inline size_t synapus_hdf5_variable_size(void) { return H5T_VARIABLE; }
static inline unsigned synapus_hdf5_truncate(void) { return H5F_ACC_TRUNC; }

// MARK: - The lock

/// Takes the lock under which all of libhdf5 is called: Debian builds it without thread safety.
/// Also turns off the error stack that libhdf5 prints on standard error.
void synapus_hdf5_lock(void);

/// Gives the lock back.
void synapus_hdf5_unlock(void);

// MARK: - Reading

/// What the values of a dataset or attribute are, after conversion to this machine's types.
typedef enum {
  SYNAPUS_HDF5_FLOAT32,
  SYNAPUS_HDF5_FLOAT64,
  SYNAPUS_HDF5_UINT8,
  SYNAPUS_HDF5_INT64,
  SYNAPUS_HDF5_STRING,
  SYNAPUS_HDF5_FLOAT64_LIST,
  SYNAPUS_HDF5_INT64_LIST
} SynapusHDF5Type;

/// What an entry of a listing is.
typedef enum {
  SYNAPUS_HDF5_GROUP,
  SYNAPUS_HDF5_DATASET,
  SYNAPUS_HDF5_ATTRIBUTE,
  SYNAPUS_HDF5_REFUSED
} SynapusHDF5Kind;

/// Why an object of a file was not read.
typedef enum {
  SYNAPUS_HDF5_DAMAGED,
  SYNAPUS_HDF5_IS_LINK,
  SYNAPUS_HDF5_IS_EXTERNAL,
  SYNAPUS_HDF5_TOO_LARGE,
  SYNAPUS_HDF5_TOO_MANY,
  SYNAPUS_HDF5_TOO_DEEP,
  SYNAPUS_HDF5_UNKNOWN_TYPE,
  SYNAPUS_HDF5_UNKNOWN_FILTER,
  SYNAPUS_HDF5_LEADS_BACK
} SynapusHDF5Refusal;

/// How the reading of a file ended.
typedef enum {
  SYNAPUS_HDF5_COMPLETE,
  SYNAPUS_HDF5_CANNOT_OPEN,
  SYNAPUS_HDF5_NOT_HDF5,
  SYNAPUS_HDF5_READER_DIED,
  SYNAPUS_HDF5_TOOK_TOO_LONG
} SynapusHDF5Status;

enum { SYNAPUS_HDF5_MAX_RANK = 8 };

/// One group, dataset or attribute of a file.
typedef struct {
  SynapusHDF5Kind kind;
  SynapusHDF5Refusal refusal;
  SynapusHDF5Type type;
  uint32_t rank;
  uint64_t shape[SYNAPUS_HDF5_MAX_RANK];
  uint64_t count;           // elements: the product of the shape
  const char *path;         // of the object, from "/"
  const char *attribute;    // name of the attribute, or NULL
  const uint64_t *lengths;  // strings: bytes each; lists: values each; else NULL
  const uint8_t *bytes;     // the values one after the other
  uint64_t byte_count;
} SynapusHDF5Entry;

/// What one reading may take.
typedef struct {
  uint64_t bytes;    // of values, all objects together
  uint32_t objects;  // groups, datasets and attributes
  uint32_t depth;    // groups inside groups
  uint32_t seconds;  // of processor time
} SynapusHDF5Limits;

/// The contents of a file: every object in the order of names, parents first.
typedef struct {
  SynapusHDF5Status status;
  int code;              // errno of CANNOT_OPEN, signal of READER_DIED
  char last_path[1024];  // the object that was being read when the reading ended
  SynapusHDF5Entry *entries;
  size_t count;
} SynapusHDF5Listing;

/// Reads the objects of the file at `path` whose paths stand in `wanted` (one a line, with all
/// below them; NULL: every object) and answers with a listing to give back with
/// `synapus_hdf5_free`.
///
/// libhdf5 crashes and hangs on damaged files (1.10.8: one flipped byte in 200 does it), so it
/// runs in a child process with bounded memory and time; this process only sees plain bytes,
/// and checks them.
SynapusHDF5Listing synapus_hdf5_list(
  const char *path, const char *wanted, SynapusHDF5Limits limits);

/// Frees what a listing holds.
void synapus_hdf5_free(SynapusHDF5Listing *listing);
