// `counts hold WATCHERS TERMINALS FLIGHT SECONDS`: takes so many of what is counted for the account, or as many as it gets, says how
// many that are, and keeps them. `counts try`: one of each.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

// Puts descriptors into a socket, where they stay.
enum { at_once = 250 };

static int put(int into) {
    int descriptors[at_once] = {0};
    char control[CMSG_SPACE(sizeof descriptors)] = {0}, byte = 'x';
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
    return sendmsg(into, &message, MSG_DONTWAIT);
}

static long flight(long limit) {
    long count = 0;
    int ends[2];
    while (count < limit && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0) {
        while (count < limit && put(ends[0]) > 0) count += at_once;
        if (count < limit && errno != EAGAIN) break;
    }
    return count;
}

// A queue without a name, of ten messages of 8 KiB.
static long queue(void) {
    const char *name = "belljar-counts";
    long made = syscall(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
    if (made >= 0) syscall(SYS_mq_unlink, name);
    return made;
}

int main(int count, char **arguments) {
    if (count == 2) {
        int ends[2];
        say("watcher", inotify_init());
        say("terminal", open("/dev/ptmx", O_RDWR | O_NOCTTY));
        say("queue", queue());
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)) stop("socketpair");
        say("flight", put(ends[0]));
        return 0;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    long watchers = 0, terminals = 0, queues = 0;
    while (watchers < atol(arguments[2]) && inotify_init() >= 0) watchers++;
    while (terminals < atol(arguments[3]) && open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0) terminals++;
    while (queues < 100 && queue() >= 0) queues++;
    printf("watchers %ld\nterminals %ld\nqueues %ld\nflight %ld\n", watchers, terminals, queues, flight(atol(arguments[4])));
    fflush(stdout);
    sleep(atoi(arguments[5]));
    return 0;
}
