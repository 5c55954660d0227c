#pragma once

/// Compiles a function for AVX-512, AVX2 and plain x86-64; the loader picks one, before the thread
/// sanitizer is ready, which would watch it do so.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define SYNAPUS_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SYNAPUS_CLONES
#endif

/// Compiled into the clone that calls it.
#define SYNAPUS_INLINE static inline __attribute__((always_inline))
