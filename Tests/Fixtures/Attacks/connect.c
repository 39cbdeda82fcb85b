// `connect @NAME`, `connect PORT`, `connect ADDRESS PORT`: connects to an abstract UNIX socket or to a port of an IPv4
// address (the loopback device's if none is given), and prints the answer. `listen @NAME` and `listen PORT` wait for it.
#define _GNU_SOURCE
#include "attack.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int count, char **arguments) {
    if (count < 3) return 2;
    const char *name = arguments[2];
    int result;
    if (name[0] == '@') {
        struct sockaddr_un place = {.sun_family = AF_UNIX};
        socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(name);
        strncpy(place.sun_path + 1, name + 1, sizeof place.sun_path - 2);
        int end = socket(AF_UNIX, SOCK_STREAM, 0);
        if (strcmp(arguments[1], "listen") == 0) {
            if (bind(end, (void *)&place, length) || listen(end, 5)) stop("listen");
            printf("listening\n");
            fflush(stdout);
            sleep(60);
            return 0;
        }
        result = connect(end, (void *)&place, length);
    } else {
        struct sockaddr_in place = {.sin_family = AF_INET};
        place.sin_port = htons(atoi(arguments[count - 1]));
        place.sin_addr.s_addr = inet_addr(count > 3 ? name : "127.0.0.1");
        result = connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&place, sizeof place);
    }
    say(name[0] == '@' ? "abstract" : "inet", result);
    return 0;
}
