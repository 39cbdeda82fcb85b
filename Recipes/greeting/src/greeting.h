#ifndef GREETING_H
#define GREETING_H

#include <stddef.h>

/* Writes the greeting of a name into a buffer of `size` bytes. Returns 0, or -1 if it does not fit. */
int greeting_write(char *buffer, size_t size, const char *name);

#endif
