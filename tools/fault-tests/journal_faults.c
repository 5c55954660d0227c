// Faults of the disk below a server's journal, for tests: preload this library (LD_PRELOAD).
//
//   cc -shared -fPIC -O1 -o journal_faults.so journal_faults.c -ldl
//
// Calls that change a file whose name begins with "journal." are counted over the process: write,
// pwrite, pwritev, fsync, fdatasync, ftruncate, unlink, rename. SYNAPUS_JOURNAL_FAULT says what
// happens at the n-th of them:
//
//   kill:n           the process is killed before the call
//   tear:n           a write writes the sectors of its first half, then the process is killed
//   power:n          as kill, and sectors that were not synced are lost, each or none by chance
//   fail:n           the call fails once: EIO
//   fail-from:n      this call and all later ones fail: EIO
//   full-from:n      this call and all later ones that need room fail: ENOSPC
//   readonly-from:n  this call and all later ones fail: EROFS
//
// SYNAPUS_JOURNAL_FAULT_SEED chooses the sectors that `power` loses. When the fault comes, its
// line is added to the file SYNAPUS_JOURNAL_FAULT_LOG: "17 pwrite /state/journal.sqlite-wal".
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, KILL, TEAR, POWER, FAIL, FAIL_FROM, FULL_FROM, READONLY_FROM };
enum { SECTOR = 512 };

// A write that no fsync has followed yet.
struct write_record {
  struct write_record *next;  // The one before it.
  dev_t device;
  ino_t inode;
  char path[PATH_MAX];
  off_t offset, size_before;
  size_t count, old_count;
  unsigned char *old, *new;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum kind kind;
static long fault_at, calls;
static uint64_t chance = 88172645463325252u;
static struct write_record *records;

static void read_environment(void) {
  static const struct {
    const char *name;
    enum kind kind;
  } names[] = {{"kill:", KILL},           {"tear:", TEAR},           {"power:", POWER},
               {"fail:", FAIL},           {"fail-from:", FAIL_FROM}, {"full-from:", FULL_FROM},
               {"readonly-from:", READONLY_FROM}};
  const char *text = getenv("SYNAPUS_JOURNAL_FAULT");
  for (size_t i = 0; text && i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i].name);
    if (strncmp(text, names[i].name, length) != 0) continue;
    kind = names[i].kind;
    fault_at = atol(text + length);
  }
  const char *seed = getenv("SYNAPUS_JOURNAL_FAULT_SEED");
  if (seed) chance ^= (uint64_t)atoll(seed) * 0x9E3779B97F4A7C15u;
}

static int is_ours(const char *path) {
  const char *slash = strrchr(path, '/');
  return strncmp(slash ? slash + 1 : path, "journal.", 8) == 0;
}

static int path_of(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

static void note(const char *call, const char *path) {
  const char *file = getenv("SYNAPUS_JOURNAL_FAULT_LOG");
  if (!file) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%ld %s %s\n", calls, call, path);
  int descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  syscall(SYS_write, descriptor, line, (size_t)length);
  close(descriptor);
}

static uint64_t draw(void) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return chance;
}

// Writes that were not synced are taken back, last first; then sectors of them are put again.
static void lose_power(void) {
  struct write_record *in_order = NULL;
  for (struct write_record *r = records, *next; r; r = next) {
    next = r->next;
    int descriptor = open(r->path, O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
      syscall(SYS_pwrite64, descriptor, r->old, r->old_count, r->offset);
      syscall(SYS_ftruncate, descriptor, r->size_before);
      close(descriptor);
    }
    r->next = in_order;
    in_order = r;
  }
  int all_lost = draw() % 4 == 0;
  for (struct write_record *r = in_order; r && !all_lost; r = r->next) {
    int descriptor = open(r->path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) continue;
    for (size_t done = 0; done < r->count;) {
      size_t part = SECTOR - (size_t)(r->offset + (off_t)done) % SECTOR;
      if (part > r->count - done) part = r->count - done;
      if (draw() % 2)
        syscall(SYS_pwrite64, descriptor, r->new + done, part, r->offset + (off_t)done);
      done += part;
    }
    close(descriptor);
  }
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Whether the call shall be done; if not, errno says why.
static int passes(const char *call, const char *path, int is_write) {
  pthread_once(&once, read_environment);
  calls++;
  if (kind == NONE || calls < fault_at) return 1;
  int is_first = calls == fault_at;
  if (is_first) note(call, path);
  int code = 0;
  switch (kind) {
  case POWER:
    lose_power();
    die();
    break;
  case KILL: die(); break;
  case TEAR:
    if (!is_write) die();
    break;
  case FAIL: code = is_first ? EIO : 0; break;
  case FAIL_FROM: code = EIO; break;
  case FULL_FROM: code = is_write ? ENOSPC : 0; break;
  case READONLY_FROM: code = EROFS; break;
  case NONE: break;
  }
  if (code) errno = code;
  return code == 0;
}

static void remember(int descriptor, const char *path, const void *bytes, size_t count, off_t at) {
  struct stat status;
  if (kind != POWER || fstat(descriptor, &status) != 0) return;
  struct write_record *r = calloc(1, sizeof *r);
  r->device = status.st_dev;
  r->inode = status.st_ino;
  r->offset = at;
  r->size_before = status.st_size;
  r->count = count;
  strcpy(r->path, path);
  r->old = malloc(count + 1);
  r->new = malloc(count + 1);
  memcpy(r->new, bytes, count);
  int reader = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = pread(reader, r->old, count, at);
  close(reader);
  r->old_count = got > 0 ? (size_t)got : 0;
  r->next = records;
  records = r;
}

static int forget(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return 0;
  for (struct write_record **place = &records; *place;) {
    struct write_record *r = *place;
    if (r->device == status.st_dev && r->inode == status.st_ino) {
      *place = r->next;
      free(r->old);
      free(r->new);
      free(r);
    } else {
      place = &r->next;
    }
  }
  return 0;
}

static ssize_t put(
    const char *call, const char *path, int descriptor, const void *bytes, size_t count, off_t at) {
  ssize_t done = -1;
  pthread_mutex_lock(&lock);
  if (passes(call, path, 1)) {
    int torn = kind == TEAR && calls == fault_at;
    size_t part = torn ? count / 2 / SECTOR * SECTOR : count;
    remember(descriptor, path, bytes, part, at);
    done = syscall(SYS_pwrite64, descriptor, bytes, part, at);
    if (torn) die();
  }
  int code = errno;
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}

// What is put in place of the C library's functions.

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t at) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return syscall(SYS_pwrite64, descriptor, bytes, count, at);
  return put("pwrite", path, descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at) {
  return pwrite(descriptor, bytes, count, at);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return syscall(SYS_write, descriptor, bytes, count);
  off_t at = lseek(descriptor, 0, SEEK_CUR);
  ssize_t done = put("write", path, descriptor, bytes, count, at);
  if (done > 0) lseek(descriptor, at + done, SEEK_SET);
  return done;
}

ssize_t pwritev(int descriptor, const struct iovec *vectors, int count, off_t at) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path))
    return syscall(SYS_pwritev, descriptor, vectors, (long)count, (long)at, 0L);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    const struct iovec *v = vectors + i;
    ssize_t done = put("pwritev", path, descriptor, v->iov_base, v->iov_len, at + total);
    if (done < 0) return total ? total : -1;
    total += done;
  }
  return total;
}

// Calls without bytes: counted, and done where they pass.
#define GUARDED(call, path, action)                             \
  do {                                                          \
    pthread_mutex_lock(&lock);                                  \
    int result = passes(call, path, 0) ? (int)(action) : -1;    \
    int code = errno;                                           \
    pthread_mutex_unlock(&lock);                                \
    errno = code;                                               \
    return result;                                              \
  } while (0)

int fsync(int descriptor) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return (int)syscall(SYS_fsync, descriptor);
  GUARDED("fsync", path, forget(descriptor) ?: syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return (int)syscall(SYS_fdatasync, descriptor);
  GUARDED("fdatasync", path, forget(descriptor) ?: syscall(SYS_fdatasync, descriptor));
}

int ftruncate(int descriptor, off_t size) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return (int)syscall(SYS_ftruncate, descriptor, size);
  GUARDED("ftruncate", path, syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

int unlink(const char *path) {
  if (!is_ours(path)) return (int)syscall(SYS_unlink, path);
  GUARDED("unlink", path, syscall(SYS_unlink, path));
}

int rename(const char *old, const char *new) {
  if (!is_ours(new)) return (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
  GUARDED("rename", new, syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0));
}
