// The parent process: starts a child that reads the file, and collects and checks its records.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Record.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

/// Memory that libhdf5 needs beside the values: its caches, and chunks while they inflate.
static const uint64_t spare_bytes = 256u << 20;

// MARK: - In the child

/// Bounds what the child may take beyond what it has already, in bytes and seconds.
static void bound_child(SynapusHDF5Limits limits) {
  unsigned long long pages = 0;
  FILE *status = fopen("/proc/self/statm", "r");
  if (status && fscanf(status, "%llu", &pages) == 1) {
    rlim_t bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE) + 3 * limits.bytes + spare_bytes;
    setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes});
  }
  setrlimit(RLIMIT_CPU, &(struct rlimit){limits.seconds, limits.seconds + 1});
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

/// Makes the child die quietly and alone, whatever its parent does with signals.
static void detach_child(void) {
  const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGXCPU, SIGPIPE,
    SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) signal(deadly[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static pid_t start_child(
  const char *path, const char *wanted, SynapusHDF5Limits limits, const int ends[2]) {
  synapus_hdf5_lock();  // The child inherits libhdf5 as it is: nobody may be inside it.
  pid_t child = fork();
  if (child == 0) {
    detach_child();
    bound_child(limits);
    alarm(60 + 4 * limits.seconds);  // A file system that never answers uses no processor time.
    synapus_hdf5_walk(path, wanted, limits, ends[1]);
    _exit(0);
  }
  synapus_hdf5_unlock();
  return child;
}

// MARK: - In the parent

static int receive(int input, void *buffer, uint64_t count) {
  for (char *next = buffer; count > 0;) {
    ssize_t got = read(input, next, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    next += got;
    count -= (uint64_t)got;
  }
  return 1;
}

/// Receives `count` bytes and a closing zero; NULL when they do not come or do not fit.
static void *receive_block(int input, uint64_t count) {
  char *block = malloc(count + 1);
  if (block && receive(input, block, count)) {
    block[count] = 0;
    return block;
  }
  free(block);
  return NULL;
}

/// Tells whether the sizes in a record agree with each other: a child that a hostile file took
/// over may send anything.
static int is_sound(const Record *record, SynapusHDF5Limits limits) {
  static const uint64_t sizes[] = {4, 8, 1, 8, 0, 0, 0};
  if (record->path_bytes > 1024 || record->attribute_bytes > 256) return 0;
  if (record->byte_count > limits.bytes || record->count > limits.bytes) return 0;
  if (record->rank > SYNAPUS_HDF5_MAX_RANK || record->type > SYNAPUS_HDF5_INT64_LIST) return 0;
  if (record->refusal > SYNAPUS_HDF5_LEADS_BACK) return 0;
  if (record->kind != SYNAPUS_HDF5_DATASET && record->kind != SYNAPUS_HDF5_ATTRIBUTE)
    return record->byte_count == 0 && record->length_count == 0;
  Record shaped = *record;
  if (!synapus_hdf5_count(&shaped) || shaped.count != record->count) return 0;
  if (record->type < SYNAPUS_HDF5_STRING)
    return record->length_count == 0 &&
           record->byte_count == record->count * sizes[record->type];
  return record->length_count == record->count;
}

/// Tells whether the lengths of strings or lists add up to the bytes that follow them.
static int lengths_add_up(const SynapusHDF5Entry *entry) {
  uint64_t sum = 0, size = entry->type == SYNAPUS_HDF5_STRING ? 1 : 8;
  for (uint64_t i = 0; entry->lengths && i < entry->count; i++) {
    if (entry->lengths[i] > entry->byte_count) return 0;
    sum += entry->lengths[i] * size;
    if (sum > entry->byte_count) return 0;
  }
  return !entry->lengths || sum == entry->byte_count;
}

/// Receives what follows a record. What it allocated belongs to the entry also when it fails.
static int receive_entry(int input, const Record *record, SynapusHDF5Entry *entry) {
  *entry = (SynapusHDF5Entry){
    .kind = record->kind, .refusal = record->refusal, .type = record->type,
    .rank = record->rank, .count = record->count, .byte_count = record->byte_count};
  memcpy(entry->shape, record->shape, sizeof entry->shape);
  if (!(entry->path = receive_block(input, record->path_bytes))) return 0;
  if (record->attribute_bytes &&
      !(entry->attribute = receive_block(input, record->attribute_bytes)))
    return 0;
  if (record->length_count &&
      !(entry->lengths = receive_block(input, record->length_count * sizeof(uint64_t))))
    return 0;
  if (record->byte_count && !(entry->bytes = receive_block(input, record->byte_count))) return 0;
  return lengths_add_up(entry);
}

static void free_entry(SynapusHDF5Entry *entry) {
  free((void *)entry->path);
  free((void *)entry->attribute);
  free((void *)entry->lengths);
  free((void *)entry->bytes);
}

/// Makes room for one more entry.
static int grow(SynapusHDF5Listing *listing, size_t *room) {
  if (listing->count < *room) return 1;
  size_t wider = *room ? 2 * *room : 64;
  void *entries = realloc(listing->entries, wider * sizeof(SynapusHDF5Entry));
  if (!entries) return 0;
  listing->entries = entries;
  *room = wider;
  return 1;
}

/// Collects records until the last one; anything that does not fit together ends it early.
static void collect(int input, SynapusHDF5Limits limits, SynapusHDF5Listing *listing) {
  Record record;
  size_t room = 0;
  uint64_t bytes = 0, most_entries = 4ull * limits.objects + 64;
  while (receive(input, &record, sizeof record) && is_sound(&record, limits)) {
    bytes += record.byte_count + record.length_count * sizeof(uint64_t);
    if (bytes > limits.bytes) return;
    SynapusHDF5Entry entry;
    int received = receive_entry(input, &record, &entry);
    if (received) snprintf(listing->last_path, sizeof listing->last_path, "%s", entry.path);
    if (received && record.kind <= SYNAPUS_HDF5_REFUSED && listing->count < most_entries &&
        grow(listing, &room)) {
      listing->entries[listing->count++] = entry;
      continue;
    }
    free_entry(&entry);
    if (received && record.kind == RECORD_OPENING) continue;
    if (received && record.kind == RECORD_NOT_HDF5) listing->status = SYNAPUS_HDF5_NOT_HDF5;
    if (received && record.kind == RECORD_END) listing->status = SYNAPUS_HDF5_COMPLETE;
    return;
  }
}

/// Ends the child, and says how it ended where it did not finish.
static void finish(pid_t child, SynapusHDF5Listing *listing) {
  int status = 0;
  if (listing->status == SYNAPUS_HDF5_COMPLETE) kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (listing->status != SYNAPUS_HDF5_READER_DIED || !WIFSIGNALED(status)) return;
  listing->code = WTERMSIG(status);
  if (listing->code == SIGXCPU || listing->code == SIGALRM)
    listing->status = SYNAPUS_HDF5_TOOK_TOO_LONG;
}

/// Only a regular file that may be read: a pipe would never end.
static int readable_file(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) return EISDIR;
  if (!S_ISREG(info.st_mode)) return EINVAL;
  return access(path, R_OK) == 0 ? 0 : errno;
}

SynapusHDF5Listing synapus_hdf5_list(
  const char *path, const char *wanted, SynapusHDF5Limits limits) {
  SynapusHDF5Listing listing = {.status = SYNAPUS_HDF5_CANNOT_OPEN, .last_path = "/"};
  int ends[2];
  if ((listing.code = readable_file(path)) != 0) return listing;
  pid_t child = -1;
  if (pipe(ends) != 0) {
    listing.code = errno;
    return listing;
  }
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  child = start_child(path, wanted, limits, ends);
  listing.code = child < 0 ? errno : 0;
  close(ends[1]);
  if (child > 0) {
    listing.status = SYNAPUS_HDF5_READER_DIED;
    collect(ends[0], limits, &listing);
    close(ends[0]);
    finish(child, &listing);
  } else {
    close(ends[0]);
  }
  return listing;
}

void synapus_hdf5_free(SynapusHDF5Listing *listing) {
  for (size_t i = 0; i < listing->count; i++) free_entry(&listing->entries[i]);
  free(listing->entries);
  *listing = (SynapusHDF5Listing){0};
}
