// Starts a program as somebody does who has set everything that processes inherit to something unusual.
//
//     starter LETTERS PROGRAM [ARGUMENT...]
//
// Every letter is one attribute, below. What this process may not set is an error.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void need(const char *what, long result) {
    if (result < 0) {
        perror(what);
        exit(125);
    }
}

static void limit(int resource, unsigned long long soft, unsigned long long hard) {
    unsigned long long wanted[2] = {soft, hard};
    need("limit", syscall(SYS_prlimit64, 0, resource, wanted, NULL));
}

/// The soft limit alone.
static void lower(int resource, unsigned long long soft) {
    unsigned long long found[2];
    need("limit", syscall(SYS_prlimit64, 0, resource, NULL, found));
    limit(resource, soft < found[1] ? soft : found[1], found[1]);
}

static void set(char letter) {
    struct { int priority; } none = {0};
    switch (letter) {
    case 'n': need("nice", syscall(SYS_setpriority, PRIO_PROCESS, 0, 7)); break;
    case 'b': need("SCHED_BATCH", syscall(SYS_sched_setscheduler, 0, 3, &none)); break;
    case 'I': need("SCHED_IDLE", syscall(SYS_sched_setscheduler, 0, 5, &none)); break;
    case 'i': need("ioprio", syscall(SYS_ioprio_set, 1, 0, 3 << 13 | 7)); break;
    case 's': need("timer slack", prctl(PR_SET_TIMERSLACK, 1234567, 0, 0, 0)); break;
    case 't': need("huge pages", prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)); break;
    // Every page may be merged with an equal one (PR_SET_MEMORY_MERGE, newer than headers); older kernels do not know it.
    case 'g': prctl(67, 1, 0, 0, 0); break;
    case 'p': need("personality", personality(ADDR_COMPAT_LAYOUT | SHORT_INODE | STICKY_TIMEOUTS)); break;
    case 'c': {
        int file = open("/proc/self/coredump_filter", O_WRONLY);
        need("core filter", write(file, "0x11", 4));
        close(file);
        break;
    }
    case 'm': {
        unsigned long nodes = 1;
        // MPOL_BIND; a kernel without nodes of memory has no policies.
        syscall(SYS_set_mempolicy, 2, &nodes, 8);
        break;
    }
    // A lock that belongs to an open file, and stays with it.
    case 'k': {
        struct flock whole = {.l_type = F_WRLCK};
        int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
        need("lock", fcntl(file, F_OFD_SETLK, &whole));
        break;
    }
    // Soft limits, of which a program may have more if it asks.
    case 'l':
        lower(RLIMIT_FSIZE, 1 << 20);
        lower(RLIMIT_NOFILE, 256);
        lower(RLIMIT_STACK, 1 << 20);
        lower(RLIMIT_MEMLOCK, 0);
        lower(RLIMIT_SIGPENDING, 16);
        lower(RLIMIT_MSGQUEUE, 0);
        lower(RLIMIT_CPU, 3000);
        break;
    // Hard limits with which a build has all that it has without asking.
    case 'L':
        limit(RLIMIT_NOFILE, 1024, 2048);
        limit(RLIMIT_STACK, 8 << 20, 16 << 20);
        limit(RLIMIT_RSS, 1 << 30, 1 << 30);
        limit(RLIMIT_RTTIME, 1000000, 1000000);
        break;
    // And some with which it has not.
    case 'O': limit(RLIMIT_NOFILE, 512, 512); break;
    case 'S': limit(RLIMIT_STACK, 4 << 20, 4 << 20); break;
    case 'C': limit(RLIMIT_CPU, 3000, 3000); break;
    case 'F': limit(RLIMIT_FSIZE, 1 << 30, 1 << 30); break;
    case 'D': limit(RLIMIT_DATA, 1ULL << 40, 1ULL << 40); break;
    case 'A': limit(RLIMIT_AS, 1ULL << 46, 1ULL << 46); break;
    // A process that may not make memory executable (kernel 6.3).
    case 'M': need("PR_SET_MDWE", prctl(65, 1, 0, 0, 0)); break;
    case 'u': umask(077); break;
    default: fprintf(stderr, "starter: no attribute %c\n", letter); exit(125);
    }
}

int main(int count, char **words) {
    if (count < 3) return 125;
    for (const char *letter = words[1]; *letter; letter++) set(*letter);
    execvp(words[2], words + 2);
    perror(words[2]);
    return 125;
}
