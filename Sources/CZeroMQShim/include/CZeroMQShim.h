#pragma once
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, as in RFC 3720) of `count` bytes.
/// Pass 0 as `crc` to start, or the result so far to go on. Uses SSE4.2 where the CPU has it.
uint32_t synapus_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same by tables alone: eight bytes a step.
uint32_t synapus_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// A file descriptor that becomes readable when signalled from any thread; -1 with errno on failure.
int synapus_wake_create(void);
/// Makes the descriptor readable.
void synapus_wake_signal(int descriptor);
/// Makes it unreadable again.
void synapus_wake_drain(int descriptor);
/// Closes it.
void synapus_wake_close(int descriptor);

/// Gives memory that was freed back to the system, so that it does not count as used.
void synapus_memory_trim(void);

/// Bytes that were allocated and not freed; 0 where the C library does not tell.
size_t synapus_memory_in_use(void);

/// Whether something listens on a Unix socket: 1 yes, 0 the file is stale or absent, -1 the path
/// holds something that is no socket.
int synapus_ipc_probe(const char *path);
/// Lets only the owner connect to a Unix socket.
int synapus_ipc_protect(const char *path);
/// Removes the file of a Unix socket.
int synapus_ipc_remove(const char *path);
/// The largest path of a Unix socket, in bytes.
size_t synapus_ipc_longest_path(void);

#include "SharedMemory.h"
