#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Memory that two processes share, the packets between them, and the life of a process. Every
// descriptor closes at exec; every failure is -1 with errno unless something else is said.

/// Makes anonymous memory of so many bytes, of zeros, whose size can never change again.
int synapus_memory_create(size_t size);
/// Maps the memory behind a descriptor, whose size must be fixed, and gives its size; NULL with
/// errno on failure. The descriptor can be closed afterwards.
void *synapus_memory_map(int descriptor, size_t *size);
/// Gives the pages of mapped memory back; whoever looks sees zeros.
void synapus_memory_empty(void *memory, size_t size);
/// Unmaps it.
void synapus_memory_unmap(void *memory, size_t size);
/// Reads a word that another process may write; what was written before it is then seen too.
uint32_t synapus_word_load(const void *word);
/// Writes a word that another process may read.
void synapus_word_store(void *word, uint32_t value);

/// Copies bytes and gives their CRC-32C, going on from `crc`, in one pass.
uint32_t synapus_copy_crc32c(uint32_t crc, void *target, const void *source, size_t count);

/// Makes a pair of connected sockets that keep packets apart.
int synapus_socket_pair(int sockets[2]);
/// Sends a packet with up to 16 descriptors; waits for room unless `waits` is 0. 1 when it is sent,
/// 0 when there is no room.
int synapus_packet_send(
    int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count,
    int waits);
/// Receives a packet. More than 0: its bytes; 0: the other side is gone; -1 with errno: EAGAIN when
/// there is none and `waits` is 0, EMSGSIZE when it is larger than `capacity` or has more than 16
/// descriptors. `descriptors` must have room for 16.
ssize_t synapus_packet_receive(
    int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int waits);
/// Waits until one of two descriptors is readable or closed: bit 0 and bit 1 of the answer; 0 after
/// so many milliseconds. A negative time waits for ever; a negative descriptor is left out.
int synapus_wait_readable(int first, int second, int milliseconds);
/// Whether a descriptor is a socket that keeps packets apart.
int synapus_socket_is_ours(int descriptor);
/// No more packets go out by this socket: the other side reads its end.
void synapus_socket_end(int socket);

/// Makes a clock that becomes readable.
int synapus_alarm_create(void);
/// Makes it readable once, after so many milliseconds from now in place of what was set before.
void synapus_alarm_set(int alarm, int milliseconds);
/// Makes it unreadable.
void synapus_alarm_drain(int alarm);

/// Starts a program with a socket as its descriptor 3, no standard input, and nothing else of ours
/// but standard output and error; in a group of its own, so that a terminal's Ctrl-C is for us.
pid_t synapus_process_start(const char *program, char *const arguments[], int socket);
/// How a process ended, without waiting: 0 it has not, 1 it exited with `code`, 2 the signal `code`
/// ended it, -1 it is no child.
int synapus_process_ended(pid_t process, int *code);
/// Ends a process.
void synapus_process_kill(pid_t process);
/// Makes this process end as soon as its parent has ended, and names it.
void synapus_process_follow_parent(const char *name);
/// The usual abbreviation of a signal, "SEGV".
const char *synapus_signal_name(int signal);
/// The error of the system call before.
int synapus_last_error(void);
/// The error that says "not now".
int synapus_error_again(void);
