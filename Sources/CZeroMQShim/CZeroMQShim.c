#define _GNU_SOURCE
#include "CZeroMQShim.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// CRC-32C

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_fill(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & -(crc & 1));
    table[0][i] = crc;
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int k = 1; k < 8; k++)
      table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xFF];
}

uint32_t synapus_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  pthread_once(&table_once, table_fill);
  const uint8_t *p = bytes;
  crc = ~crc;
  for (; count >= 8; count -= 8, p += 8) {
    uint32_t low, high;
    memcpy(&low, p, 4);
    memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF]
          ^ table[4][low >> 24] ^ table[3][high & 0xFF] ^ table[2][(high >> 8) & 0xFF]
          ^ table[1][(high >> 16) & 0xFF] ^ table[0][high >> 24];
  }
  for (; count > 0; count--, p++) crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)
// The instruction answers after three clocks but can start at each one, so three stretches of the
// bytes are summed at once. A sum is moved over the stretch behind it by a table: appending zeros
// to the bytes is linear in the state (M. Adler's method).

enum { STRETCH = 1024 };
static uint32_t shift[4][256];
static pthread_once_t shift_once = PTHREAD_ONCE_INIT;

static void shift_fill(void) {
  pthread_once(&table_once, table_fill);
  uint32_t basis[32];
  for (int bit = 0; bit < 32; bit++) {
    uint32_t state = 1u << bit;
    for (int i = 0; i < STRETCH; i++) state = (state >> 8) ^ table[0][state & 0xFF];
    basis[bit] = state;
  }
  for (int byte = 0; byte < 4; byte++)
    for (uint32_t value = 0; value < 256; value++)
      for (int bit = 0; bit < 8; bit++)
        if (value >> bit & 1) shift[byte][value] ^= basis[8 * byte + bit];
}

static uint64_t shifted(uint64_t state) {
  return shift[0][state & 0xFF] ^ shift[1][state >> 8 & 0xFF] ^ shift[2][state >> 16 & 0xFF]
         ^ shift[3][state >> 24 & 0xFF];
}

__attribute__((target("sse4.2"))) static uint64_t crc32c_word(uint64_t state, const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return __builtin_ia32_crc32di(state, word);
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
    uint32_t crc, const uint8_t *p, size_t count) {
  uint64_t state = (uint32_t)~crc;
  if (count >= 3 * STRETCH) pthread_once(&shift_once, shift_fill);
  for (; count >= 3 * STRETCH; count -= 3 * STRETCH, p += 3 * STRETCH) {
    uint64_t second = 0, third = 0;
    for (int i = 0; i < STRETCH; i += 8) {
      state = crc32c_word(state, p + i);
      second = crc32c_word(second, p + STRETCH + i);
      third = crc32c_word(third, p + 2 * STRETCH + i);
    }
    state = shifted(shifted(state) ^ second) ^ third;
  }
  for (; count >= 8; count -= 8, p += 8) state = crc32c_word(state, p);
  uint32_t rest = (uint32_t)state;
  for (; count > 0; count--, p++) rest = __builtin_ia32_crc32qi(rest, *p);
  return ~rest;
}
#endif

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint64_t copy_word(
    uint64_t state, uint8_t *target, const uint8_t *source) {
  uint64_t word;
  memcpy(&word, source, 8);
  memcpy(target, &word, 8);
  return __builtin_ia32_crc32di(state, word);
}

__attribute__((target("sse4.2"))) static uint32_t copy_sse42(
    uint32_t crc, uint8_t *t, const uint8_t *s, size_t count) {
  uint64_t state = (uint32_t)~crc;
  if (count >= 3 * STRETCH) pthread_once(&shift_once, shift_fill);
  for (; count >= 3 * STRETCH; count -= 3 * STRETCH, s += 3 * STRETCH, t += 3 * STRETCH) {
    uint64_t second = 0, third = 0;
    for (int i = 0; i < STRETCH; i += 8) {
      state = copy_word(state, t + i, s + i);
      second = copy_word(second, t + STRETCH + i, s + STRETCH + i);
      third = copy_word(third, t + 2 * STRETCH + i, s + 2 * STRETCH + i);
    }
    state = shifted(shifted(state) ^ second) ^ third;
  }
  if (count > 0) memcpy(t, s, count);
  return crc32c_sse42(~(uint32_t)state, s, count);
}
#endif

uint32_t synapus_copy_crc32c(uint32_t crc, void *target, const void *source, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return copy_sse42(crc, target, source, count);
#endif
  if (count > 0) memcpy(target, source, count);
  return synapus_crc32c_portable(crc, source, count);
}

uint32_t synapus_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, count);
#endif
  return synapus_crc32c_portable(crc, bytes, count);
}

// Waking a thread that polls

int synapus_wake_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void synapus_wake_signal(int descriptor) {
  uint64_t one = 1;
  ssize_t written = write(descriptor, &one, sizeof one);  // A full counter is awake already.
  (void)written;
}

void synapus_wake_drain(int descriptor) {
  uint64_t count;
  ssize_t taken = read(descriptor, &count, sizeof count);
  (void)taken;
}

void synapus_wake_close(int descriptor) { close(descriptor); }

// Memory

void synapus_memory_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

size_t synapus_memory_in_use(void) {
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
#endif
  return 0;
}

// Files of Unix sockets

size_t synapus_ipc_longest_path(void) {
  return sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
}

int synapus_ipc_probe(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0) return 0;
  if (!S_ISSOCK(status.st_mode)) return -1;
  if (strlen(path) > synapus_ipc_longest_path()) return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return 0;
  int refused = connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0
                && errno == ECONNREFUSED;
  close(descriptor);
  return refused ? 0 : 1;
}

int synapus_ipc_protect(const char *path) { return chmod(path, S_IRUSR | S_IWUSR); }

int synapus_ipc_remove(const char *path) { return unlink(path); }
