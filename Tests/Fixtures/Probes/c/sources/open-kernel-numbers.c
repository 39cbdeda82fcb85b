// Open: numbers that the kernel gives out, where no call that is taken over shows them: in links and files of /proc, and as
// the port of a socket.
#include "probe.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
static void look(const char *folder) {
    DIR *entries = opendir(folder);
    struct dirent *entry;
    char path[512], target[4096];
    while (entries && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        ssize_t length = readlink(path, target, sizeof target);
        if (length > 0) printf("%s -> %.*s\n", path, (int)length, target);
    }
}
int main(void) {
    int ends[2], internet = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (pipe(ends)) return 1;
    look("/proc/self/fd");
    look("/proc/self/ns");
    bind(internet, (struct sockaddr *)&address, length);
    getsockname(internet, (struct sockaddr *)&address, &length);
    printf("port %d\n", ntohs(address.sin_port));
    // Device and inode numbers of files, and the host's account in the options of mounts.
    say_file("/proc/self/maps");
    say_file("/proc/self/mountinfo");
    say_file("/proc/self/status");
    say_file("/proc/self/uid_map");
    say_file("/proc/self/autogroup");
    // How long the host has been up, and its sockets.
    say_file("/proc/self/timens_offsets");
    say_file("/proc/self/net/sockstat");
    say_file("/proc/self/net/unix");
    say_file("/proc/self/stat");
    say_file("/proc/self/sched");
    say_file("/proc/self/attr/current");
}
