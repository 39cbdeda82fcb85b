// Open: what system calls answer by the kernel that there is, and by what it did before.
#include "probe.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
static void ports(void) {
    for (int i = 0; i < 4; i++) {
        int internet = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t length = sizeof address;
        bind(internet, (struct sockaddr *)&address, length);
        getsockname(internet, (struct sockaddr *)&address, &length);
        printf("port %d\n", ntohs(address.sin_port));
    }
}
static void names(void) {
    int local = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address.sun_family;
    bind(local, (struct sockaddr *)&address, length);
    length = sizeof address;
    getsockname(local, (struct sockaddr *)&address, &length);
    printf("name of a socket %.*s\n", (int)(length - sizeof address.sun_family - 1), address.sun_path + 1);
    int size = 0;
    length = sizeof size;
    getsockopt(local, SOL_SOCKET, SO_RCVBUF, &size, &length);
    printf("receive buffer %d\n", size);
}
static void cookies(void) {
    char buffer[4096];
    int watch = inotify_init();
    inotify_add_watch(watch, ".", IN_MOVE);
    write_file("one", "");
    rename("one", "two");
    ssize_t count = read(watch, buffer, sizeof buffer);
    for (ssize_t at = 0; at < count;) {
        struct inotify_event *event = (struct inotify_event *)(buffer + at);
        printf("cookie %u\n", event->cookie);
        at += sizeof *event + event->len;
    }
}
static void links(void) {
    // RTM_GETLINK with NLM_F_REQUEST and NLM_F_DUMP (include/uapi/linux/netlink.h and rtnetlink.h).
    struct { uint32_t length; uint16_t type, flags; uint32_t sequence, port, body[4]; } wanted = {
        .length = 32, .type = 18, .flags = 0x301};
    char buffer[16384];
    int route = socket(16, SOCK_RAW, 0);
    send(route, &wanted, sizeof wanted, 0);
    ssize_t count = recv(route, buffer, sizeof buffer, 0);
    if (count > 0) say_bytes("links", buffer, count);
}
int main(void) {
    ports();
    names();
    cookies();
    links();
    int pipes[2];
    if (pipe(pipes) == 0) say_result("pipe", fcntl(pipes[0], 1032));
    say_result("name of memory", prctl(0x53564d41, 0, 0, 0, 0));
    // AT_RSEQ_FEATURE_SIZE and AT_RSEQ_ALIGN
    printf("vector %lx %lx\n", getauxval(27), getauxval(28));
    say_result("landlock", syscall(444, NULL, 0, 1));
    say_result("membarrier", syscall(SYS_membarrier, 0, 0, 0));
}
