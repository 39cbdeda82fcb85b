// Numbers that the kernel gives to shared memory, semaphores and queues, and what the network shows.
#include "probe.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
int main(void) {
    say_result("shmget", shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT));
    say_result("semget", semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT));
    say_result("msgget", msgget(IPC_PRIVATE, 0600 | IPC_CREAT));
    struct ifaddrs *addresses = NULL;
    say_result("getifaddrs", getifaddrs(&addresses));
    for (struct ifaddrs *each = addresses; each; each = each->ifa_next)
        printf("interface %s flags %x\n", each->ifa_name, each->ifa_flags);
    int internet = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    say_result("socket", internet < 0 ? -1 : 0);
    say_result("bind", bind(internet, (struct sockaddr *)&address, length));
    address.sin_port = htons(9);
    say_result("connect", connect(internet, (struct sockaddr *)&address, length));
}
