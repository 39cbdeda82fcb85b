// Open: numbers that the kernel gives out, where no call that is taken over shows them: in links and files of /proc, as
// the port of a socket, and as the times of shared memory.
#include "probe.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/shm.h>
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
    struct shmid_ds shared;
    if (pipe(ends)) return 1;
    look("/proc/self/fd");
    look("/proc/self/ns");
    bind(internet, (struct sockaddr *)&address, length);
    getsockname(internet, (struct sockaddr *)&address, &length);
    printf("port %d\n", ntohs(address.sin_port));
    int segment = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT);
    if (shmctl(segment, IPC_STAT, &shared) == 0) printf("shared memory made %lld\n", (long long)shared.shm_ctime);
    shmctl(segment, IPC_RMID, NULL);
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
    say_file("/proc/sysvipc/shm");
}
