// setresuid and setresgid are declared only with _GNU_SOURCE, which Swift's Glibc module does not define.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <unistd.h>

static inline int cb_setresuid(uid_t real, uid_t effective, uid_t saved) { return setresuid(real, effective, saved); }
static inline int cb_setresgid(gid_t real, gid_t effective, gid_t saved) { return setresgid(real, effective, saved); }
