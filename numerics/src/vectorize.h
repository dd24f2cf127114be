// The hot loops are plain C++ that the compiler vectorizes; on x86-64 it makes three versions of each and the loader
// picks the widest that the processor has. Rounding is the same in all: contraction is off. Tests run that version, and
// under the sanitizers (preset asan) or Clang the baseline, the only one there.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define LUQSIM_VECTORIZE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LUQSIM_VECTORIZE
#endif
