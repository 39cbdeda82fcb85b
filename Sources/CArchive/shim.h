// As CLinux does: glibc's types have other member names without it, and the compiler refuses two definitions of one
// type in a module that sees both.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <archive.h>
#include <archive_entry.h>
