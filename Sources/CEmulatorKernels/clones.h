// Plain loops that the compiler vectorises for each instruction set.
#pragma once

// The loader picks a clone before the thread sanitizer is ready, which would watch it do so.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
