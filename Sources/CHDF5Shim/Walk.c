// The child process: walks through a file with libhdf5 and writes what it finds into a pipe.
// It ends with the process, so it frees only what would add up.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Record.h"

typedef struct {
  int output;
  const char *wanted;
  SynapusHDF5Limits limits;
  uint64_t bytes;
  uint32_t objects;
  int overflowed;  // whether the last values refer to more than fits
} Walk;

/// A dataset or an attribute: both hold values of a type over a space.
typedef struct {
  hid_t id;
  const char *path, *attribute;
} Source;

static void send_bytes(Walk *walk, const void *bytes, size_t count) {
  for (const char *next = bytes; count > 0;) {
    ssize_t sent = write(walk->output, next, count);
    if (sent <= 0) _exit(1);
    next += sent;
    count -= (size_t)sent;
  }
}

/// Sends a record with what belongs to it; with `bytes` of NULL the caller sends the values.
static void send_record(
  Walk *walk, Record record, Source source, const uint64_t *lengths, const void *bytes) {
  record.path_bytes = (uint32_t)strlen(source.path);
  record.attribute_bytes = source.attribute ? (uint32_t)strlen(source.attribute) : 0;
  send_bytes(walk, &record, sizeof record);
  send_bytes(walk, source.path, record.path_bytes);
  send_bytes(walk, source.attribute, record.attribute_bytes);
  send_bytes(walk, lengths, record.length_count * sizeof *lengths);
  if (bytes) send_bytes(walk, bytes, record.byte_count);
}

static void send_refusal(Walk *walk, Source source, SynapusHDF5Refusal refusal) {
  Record record = {.kind = SYNAPUS_HDF5_REFUSED, .refusal = refusal};
  send_record(walk, record, source, NULL, NULL);
}

/// Books `count` values of `size` bytes, or tells that they do not fit the limit.
static int fits(Walk *walk, uint64_t count, uint64_t size) {
  if (count > (walk->limits.bytes - walk->bytes) / size) return 0;
  walk->bytes += count * size;
  return 1;
}

/// Allocates what strings or lists refer to while it fits: few bytes of a file may refer to the
/// same long list any number of times.
static void *allocate_referenced(size_t bytes, void *context) {
  Walk *walk = context;
  walk->overflowed = bytes > walk->limits.bytes - walk->bytes;
  if (walk->overflowed) return NULL;
  walk->bytes += bytes;
  return malloc(bytes ? bytes : 1);
}

static void free_referenced(void *block, void *context) {
  (void)context;
  free(block);
}

/// Reads all values, and books what they refer to.
static herr_t read_values(Walk *walk, Source source, hid_t type, void *buffer) {
  walk->overflowed = 0;
  if (source.attribute) return H5Aread(source.id, type, buffer);
  hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  H5Pset_vlen_mem_manager(transfer, allocate_referenced, walk, free_referenced, NULL);
  herr_t status = H5Dread(source.id, type, H5S_ALL, H5S_ALL, transfer, buffer);
  H5Pclose(transfer);
  return status;
}

static SynapusHDF5Refusal fault_of_reading(const Walk *walk) {
  return walk->overflowed ? SYNAPUS_HDF5_TOO_LARGE : SYNAPUS_HDF5_DAMAGED;
}

/// Tells whether an unsigned 64-bit value, read as signed, was too large.
static int any_negative(const int64_t *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (values[i] < 0) return 1;
  return 0;
}

// MARK: - Numbers

static int is_unsigned_64(hid_t type) {
  return H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) >= 8 &&
         H5Tget_sign(type) == H5T_SGN_NONE;
}

/// The type in which numbers of the file's `type` are handed on.
static SynapusHDF5Type number_type(hid_t type) {
  size_t size = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_FLOAT)
    return size <= 4 ? SYNAPUS_HDF5_FLOAT32 : SYNAPUS_HDF5_FLOAT64;
  return size == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? SYNAPUS_HDF5_UINT8 : SYNAPUS_HDF5_INT64;
}

static void send_numbers(Walk *walk, Source source, hid_t type, Record record) {
  static const size_t sizes[] = {4, 8, 1, 8};
  record.type = number_type(type);
  size_t size = sizes[record.type];
  hid_t memory[] = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5T_NATIVE_UINT8,
    is_unsigned_64(type) ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64};
  if (!fits(walk, record.count, size)) return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  void *values = calloc(record.count + 1, size);
  if (!values) return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  record.byte_count = record.count * size;
  if (read_values(walk, source, memory[record.type], values) < 0)
    send_refusal(walk, source, SYNAPUS_HDF5_DAMAGED);
  else if (is_unsigned_64(type) && any_negative(values, record.count))
    send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
  else
    send_record(walk, record, source, NULL, values);
  free(values);
}

// MARK: - Strings

/// Reads strings of any length into `count` pointers, or strings of one length into slots.
static char **read_strings(Walk *walk, Source source, hid_t type, uint64_t count) {
  char **strings = calloc(count + 1, sizeof *strings);
  hid_t memory = H5Tcopy(H5T_C_S1);
  H5Tset_cset(memory, H5Tget_cset(type));
  if (H5Tis_variable_str(type) > 0) {
    H5Tset_size(memory, H5T_VARIABLE);
    return strings && read_values(walk, source, memory, strings) >= 0 ? strings : NULL;
  }
  size_t size = H5Tget_size(type) + 1;
  char *slots = calloc(count + 1, size);
  H5Tset_size(memory, size);
  if (!strings || !slots || read_values(walk, source, memory, slots) < 0) return NULL;
  for (uint64_t i = 0; i < count; i++) strings[i] = slots + i * size;
  return strings;
}

/// What a string of any length takes in the parent beside its bytes.
static const uint64_t string_bytes = 64;

static void send_strings(Walk *walk, Source source, hid_t type, Record record) {
  size_t size = H5Tis_variable_str(type) > 0 ? 0 : H5Tget_size(type) + 1;
  if (!fits(walk, record.count, size + string_bytes))
    return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  char **strings = read_strings(walk, source, type, record.count);
  uint64_t *lengths = calloc(record.count + 1, sizeof *lengths);
  if (!strings || !lengths) return send_refusal(walk, source, fault_of_reading(walk));
  for (uint64_t i = 0; i < record.count; i++) {
    lengths[i] = strings[i] ? strlen(strings[i]) : 0;
    if (source.attribute && !fits(walk, lengths[i], 1))
      return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
    record.byte_count += lengths[i];
  }
  char *joined = malloc(record.byte_count + 1), *next = joined;
  if (!joined) return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  for (uint64_t i = 0; i < record.count; next += lengths[i++])
    if (lengths[i]) memcpy(next, strings[i], lengths[i]);
  record.type = SYNAPUS_HDF5_STRING;
  record.length_count = record.count;
  send_record(walk, record, source, lengths, joined);
  free(joined);
}

// MARK: - Lists of numbers

static void send_lists(Walk *walk, Source source, hid_t type, Record record) {
  hid_t super = H5Tget_super(type);
  H5T_class_t class = H5Tget_class(super);
  if (class != H5T_FLOAT && class != H5T_INTEGER)
    return send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
  if (!fits(walk, record.count, sizeof(hvl_t)))
    return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  hid_t integer = is_unsigned_64(super) ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
  hid_t memory = H5Tvlen_create(class == H5T_FLOAT ? H5T_NATIVE_DOUBLE : integer);
  hvl_t *lists = calloc(record.count + 1, sizeof *lists);
  uint64_t *lengths = calloc(record.count + 1, sizeof *lengths);
  if (!lists || !lengths || read_values(walk, source, memory, lists) < 0)
    return send_refusal(walk, source, fault_of_reading(walk));
  for (uint64_t i = 0; i < record.count; i++) {
    lengths[i] = lists[i].p ? lists[i].len : 0;
    if (source.attribute && !fits(walk, lengths[i], 8))
      return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
    if (is_unsigned_64(super) && any_negative(lists[i].p, lengths[i]))
      return send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
    record.byte_count += lengths[i] * 8;
  }
  record.type = class == H5T_FLOAT ? SYNAPUS_HDF5_FLOAT64_LIST : SYNAPUS_HDF5_INT64_LIST;
  record.length_count = record.count;
  send_record(walk, record, source, lengths, NULL);
  for (uint64_t i = 0; i < record.count; i++) send_bytes(walk, lists[i].p, lengths[i] * 8);
}

// MARK: - Objects

/// Fills rank, shape and element count, or tells that the space is none of ours.
static int describe_space(hid_t space, Record *record) {
  int rank = H5Sget_simple_extent_ndims(space);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  if (rank < 0 || rank > SYNAPUS_HDF5_MAX_RANK || count < 0) return 0;
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return 0;
  hsize_t shape[SYNAPUS_HDF5_MAX_RANK] = {0};
  if (rank > 0 && H5Sget_simple_extent_dims(space, shape, NULL) < 0) return 0;
  record->rank = (uint32_t)rank;
  for (int i = 0; i < rank; i++) record->shape[i] = shape[i];
  return synapus_hdf5_count(record);
}

static void send_values(
  Walk *walk, Source source, SynapusHDF5Kind kind, hid_t type, hid_t space) {
  Record record = {.kind = kind};
  if (type < 0 || space < 0) return send_refusal(walk, source, SYNAPUS_HDF5_DAMAGED);
  if (!describe_space(space, &record))
    return send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
  if (record.count > walk->limits.bytes)
    return send_refusal(walk, source, SYNAPUS_HDF5_TOO_LARGE);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
    case H5T_ENUM:  // h5py's truth values
    case H5T_INTEGER: return send_numbers(walk, source, type, record);
    case H5T_STRING: return send_strings(walk, source, type, record);
    case H5T_VLEN: return send_lists(walk, source, type, record);
    default: return send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
  }
}

/// Tells whether the values of a dataset lie in other files.
static int lies_elsewhere(hid_t creation) {
  return H5Pget_external_count(creation) > 0 || H5Pget_layout(creation) == H5D_VIRTUAL;
}

/// Tells whether the values of a dataset went through a filter that is not here.
static int lacks_filter(hid_t creation) {
  for (int i = 0; i < H5Pget_nfilters(creation); i++) {
    size_t count = 0;
    unsigned flags = 0;
    H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &count, NULL, 0, NULL, NULL);
    if (filter >= 0 && H5Zfilter_avail(filter) <= 0) return 1;
  }
  return 0;
}

static void walk_dataset(Walk *walk, hid_t dataset, const char *path) {
  Source source = {dataset, path, NULL};
  hid_t creation = H5Dget_create_plist(dataset);
  int elsewhere = lies_elsewhere(creation), lacking = lacks_filter(creation);
  H5Pclose(creation);
  if (elsewhere) return send_refusal(walk, source, SYNAPUS_HDF5_IS_EXTERNAL);
  if (lacking) return send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_FILTER);
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  send_values(walk, source, SYNAPUS_HDF5_DATASET, type, space);
  H5Sclose(space);
  H5Tclose(type);
}

static void walk_attributes(Walk *walk, hid_t object, const char *path) {
  char name[256];
  int count = H5Aget_num_attrs(object);
  for (int i = 0; i < count && walk->objects < walk->limits.objects; i++, walk->objects++) {
    hid_t attribute = H5Aopen_by_idx(
      object, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)i, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Aget_name(attribute, sizeof name, name) < 0) {
      send_refusal(walk, (Source){object, path, "?"}, SYNAPUS_HDF5_DAMAGED);
      continue;
    }
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    send_values(walk, (Source){attribute, path, name}, SYNAPUS_HDF5_ATTRIBUTE, type, space);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
  }
}

/// Tells whether one line of the wanted paths is `path`, lies above it or below it.
static int is_wanted(const Walk *walk, const char *path) {
  size_t length = strlen(path);
  for (const char *line = walk->wanted; line && *line;) {
    size_t line_length = strcspn(line, "\n"), common = line_length < length ? line_length : length;
    char after = line_length < length ? path[common] : line_length > length ? line[common] : '/';
    if (strncmp(line, path, common) == 0 && after == '/') return 1;
    line += line_length + (line[line_length] == '\n');
  }
  return walk->wanted == NULL;
}

/// A group and those above it.
typedef struct Place {
  Walk *walk;
  const char *path;
  uint32_t depth;
  haddr_t address;  // where the group lies in the file
  const struct Place *above;
} Place;

static void walk_group(hid_t group, const Place *place);

/// Reads the object at `address`, which stands in the group `above` under `name`.
static void walk_object(
  Walk *walk, hid_t parent, const char *name, const char *path, haddr_t address,
  const Place *above) {
  Source source = {-1, path, NULL};
  send_record(walk, (Record){.kind = RECORD_OPENING}, source, NULL, NULL);
  if (++walk->objects > walk->limits.objects)
    return send_refusal(walk, source, SYNAPUS_HDF5_TOO_MANY);
  hid_t object = H5Oopen(parent, name, H5P_DEFAULT);
  if (object < 0) return send_refusal(walk, source, SYNAPUS_HDF5_DAMAGED);
  switch (H5Iget_type(object)) {
    case H5I_GROUP:
      walk_group(
        object, &(Place){walk, path, above ? above->depth + 1 : 1, address, above});
      break;
    case H5I_DATASET:
      walk_dataset(walk, object, path);
      walk_attributes(walk, object, path);
      break;
    default: send_refusal(walk, source, SYNAPUS_HDF5_UNKNOWN_TYPE);
  }
  H5Oclose(object);
}

/// Tells whether a group lies above itself: a link that leads back would never end.
static int leads_back(haddr_t address, const Place *place) {
  for (; place; place = place->above)
    if (place->address == address) return 1;
  return 0;
}

static herr_t walk_link(hid_t group, const char *name, const H5L_info_t *link, void *context) {
  const Place *place = context;
  char path[1024];
  size_t length = strlen(place->path), name_length = strlen(name);
  if (length + name_length + 2 > sizeof path) {
    send_refusal(place->walk, (Source){group, place->path, NULL}, SYNAPUS_HDF5_TOO_DEEP);
    return 0;
  }
  memcpy(path, place->path, length);
  if (length > 1) path[length++] = '/';
  memcpy(path + length, name, name_length + 1);
  if (!is_wanted(place->walk, path)) return 0;
  if (link->type != H5L_TYPE_HARD)
    send_refusal(place->walk, (Source){-1, path, NULL}, SYNAPUS_HDF5_IS_LINK);
  else if (leads_back(link->u.address, place))
    send_refusal(place->walk, (Source){-1, path, NULL}, SYNAPUS_HDF5_LEADS_BACK);
  else
    walk_object(place->walk, group, name, path, link->u.address, place);
  return place->walk->objects > place->walk->limits.objects;
}

static void walk_group(hid_t group, const Place *place) {
  Source source = {group, place->path, NULL};
  if (place->depth > place->walk->limits.depth)
    return send_refusal(place->walk, source, SYNAPUS_HDF5_TOO_DEEP);
  send_record(place->walk, (Record){.kind = SYNAPUS_HDF5_GROUP}, source, NULL, NULL);
  walk_attributes(place->walk, group, place->path);
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, walk_link, (void *)place) < 0)
    send_refusal(place->walk, source, SYNAPUS_HDF5_DAMAGED);
}

void synapus_hdf5_walk(
  const char *path, const char *wanted, SynapusHDF5Limits limits, int output) {
  Walk walk = {.output = output, .wanted = wanted, .limits = limits};
  Source source = {-1, "/", NULL};
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);  // A file must not choose code to load.
  synapus_hdf5_register_lzf();
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    send_record(&walk, (Record){.kind = RECORD_NOT_HDF5}, source, NULL, NULL);
  } else {
    walk_object(&walk, file, "/", "/", HADDR_UNDEF, NULL);
    send_record(&walk, (Record){.kind = RECORD_END}, source, NULL, NULL);
  }
}
