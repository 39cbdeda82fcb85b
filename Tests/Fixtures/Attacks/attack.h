// What the attacks in C share.
#pragma once
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Prints `NAME ok`, or `NAME ERRNO` if the result of a call is -1.
static inline void say(const char *name, long result) {
    int number = errno;
    printf("%s %s\n", name, result == -1 ? strerrorname_np(number) : "ok");
    fflush(stdout);
}

// Ends the program where something goes wrong that is no part of the attack.
__attribute__((format(printf, 1, 2))) static inline void stop(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(": %s\n", strerror(errno));
    fflush(stdout);
    exit(9);
}
