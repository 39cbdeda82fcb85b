#include <seccomp.h>
#include <stdint.h>

// SCMP_ARCH_X86_64 is a macro over other macros with casts, which Swift does not import.
static inline uint32_t bj_scmp_arch_x86_64(void) { return SCMP_ARCH_X86_64; }
