#define _GNU_SOURCE
#include "SharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

// Memory

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static int closing(int descriptor) {
  int reason = errno;
  close(descriptor);
  errno = reason;
  return -1;
}

int synapus_memory_create(size_t size) {
  int descriptor = memfd_create("synapus", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, (off_t)size) != 0 || fcntl(descriptor, F_ADD_SEALS, SEALS) != 0)
    return closing(descriptor);
  return descriptor;
}

void *synapus_memory_map(int descriptor, size_t *size) {
  // Without the seals the other side could cut the memory off under our feet: SIGBUS.
  struct stat status;
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || fstat(descriptor, &status) != 0) return NULL;
  if ((seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW)
      || status.st_size <= 0) {
    errno = EINVAL;
    return NULL;
  }
  *size = (size_t)status.st_size;
  void *memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void synapus_memory_empty(void *memory, size_t size) { madvise(memory, size, MADV_REMOVE); }

void synapus_memory_unmap(void *memory, size_t size) { munmap(memory, size); }

uint32_t synapus_word_load(const void *word) {
  return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE);
}

void synapus_word_store(void *word, uint32_t value) {
  __atomic_store_n((uint32_t *)word, value, __ATOMIC_RELEASE);
}

// Packets

enum { MOST_DESCRIPTORS = 16 };

int synapus_socket_pair(int sockets[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets);
}

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
} control_t;

int synapus_packet_send(
    int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count,
    int waits) {
  if (descriptor_count < 0 || descriptor_count > MOST_DESCRIPTORS) {
    errno = EINVAL;
    return -1;
  }
  control_t control;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor_count > 0) {
    size_t size = (size_t)descriptor_count * sizeof(int);
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
  }
  for (;;) {
    if (sendmsg(socket, &message, MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT)) >= 0) return 1;
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -1;
  }
}

static int take_descriptors(struct msghdr *message, int *descriptors) {
  int count = 0;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h != NULL; h = CMSG_NXTHDR(message, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    size_t size = h->cmsg_len - CMSG_LEN(0);
    for (size_t i = 0; i < size / sizeof(int); i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
      if (count < MOST_DESCRIPTORS)
        descriptors[count++] = descriptor;
      else
        close(descriptor);
    }
  }
  return count;
}

ssize_t synapus_packet_receive(
    int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int waits) {
  *descriptor_count = 0;
  for (int resets = 0;;) {
    control_t control;
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
        .msg_controllen = sizeof control};
    ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT));
    if (size < 0 && errno == EINTR) continue;
    // The other side closed before it had read all: that is told once, ahead of its last packets.
    if (size < 0 && errno == ECONNRESET && resets++ == 0) continue;
    if (size < 0) return errno == ECONNRESET ? 0 : -1;
    *descriptor_count = take_descriptors(&message, descriptors);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
      for (int i = 0; i < *descriptor_count; i++) close(descriptors[i]);
      *descriptor_count = 0;
      errno = EMSGSIZE;
      return -1;
    }
    return size;
  }
}

int synapus_wait_readable(int first, int second, int milliseconds) {
  struct pollfd places[2] = {
      {.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
  while (poll(places, 2, milliseconds) < 0)
    if (errno != EINTR) return 0;
  return (places[0].revents != 0 ? 1 : 0) | (places[1].revents != 0 ? 2 : 0);
}

int synapus_socket_is_ours(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

void synapus_socket_end(int socket) { shutdown(socket, SHUT_WR); }

// Clocks

int synapus_alarm_create(void) {
  return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

void synapus_alarm_set(int alarm, int milliseconds) {
  struct itimerspec time = {
      .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L}};
  timerfd_settime(alarm, 0, &time, NULL);
}

void synapus_alarm_drain(int alarm) {
  uint64_t count;
  ssize_t taken = read(alarm, &count, sizeof count);
  (void)taken;
}

// Processes

static int add_actions(posix_spawn_file_actions_t *actions, int socket) {
  int fault = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (fault == 0) fault = posix_spawn_file_actions_adddup2(actions, socket, 3);
  if (fault == 0) fault = posix_spawn_file_actions_addclosefrom_np(actions, 4);
  return fault;
}

static int add_signals(posix_spawnattr_t *attributes) {
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (int number = 1; number < 32; number++)
    if (number != SIGKILL && number != SIGSTOP) sigaddset(&usual, number);
  int fault = posix_spawnattr_setsigmask(attributes, &none);
  if (fault == 0) fault = posix_spawnattr_setsigdefault(attributes, &usual);
  if (fault == 0)
    fault = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  return fault;
}

pid_t synapus_process_start(const char *program, char *const arguments[], int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  pid_t process = -1;
  int fault = add_actions(&actions, socket);
  if (fault == 0) fault = add_signals(&attributes);
  if (fault == 0)
    fault = posix_spawn(&process, program, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = fault;
  return fault == 0 ? process : -1;
}

int synapus_process_ended(pid_t process, int *code) {
  if (process <= 1) return -1;
  int status;
  pid_t found;
  do found = waitpid(process, &status, WNOHANG);
  while (found < 0 && errno == EINTR);
  if (found == 0) return 0;
  if (found < 0) return -1;
  *code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return WIFSIGNALED(status) ? 2 : 1;
}

void synapus_process_kill(pid_t process) {
  // 0 and negative numbers are groups of processes, -1 all that we may kill.
  if (process > 1) kill(process, SIGKILL);
}

// The kernel tells of the end of the thread that started us, not of its process: the handler looks
// whether the process is gone.
static volatile pid_t parent;

static void look_for_parent(int number) {
  (void)number;
  if (getppid() != parent) _exit(0);
}

void synapus_process_follow_parent(const char *name) {
  parent = getppid();
  struct sigaction action = {.sa_handler = look_for_parent, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR2, &action, NULL);
  prctl(PR_SET_PDEATHSIG, SIGUSR2);
  prctl(PR_SET_NAME, name);
  signal(SIGHUP, SIG_IGN);
}

const char *synapus_signal_name(int number) {
  const char *name = sigabbrev_np(number);
  return name == NULL ? "unknown" : name;
}

int synapus_last_error(void) { return errno; }

int synapus_error_again(void) { return EAGAIN; }
