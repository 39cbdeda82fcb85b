// inotify says what is made and written in a folder, and poll gives up when nothing is.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
static long long now(void) { struct timeval t; gettimeofday(&t, NULL); return t.tv_sec * 1000000LL + t.tv_usec; }
int main(void) {
    mkdir("d", 0755);
    int watch = inotify_init1(0);
    inotify_add_watch(watch, "d", IN_CREATE | IN_CLOSE_WRITE);
    struct pollfd ready = {.fd = watch, .events = POLLIN};
    long long start = now();
    if (poll(&ready, 1, 300) != 0) puts("bad: something");
    if (now() - start < 300000) printf("bad: after %lld us\n", now() - start);
    FILE *file = fopen("d/new", "w");
    fputs("text", file);
    fclose(file);
    char buffer[4096] __attribute__((aligned(8)));
    ssize_t size = read(watch, buffer, sizeof buffer);
    for (char *at = buffer; at < buffer + size; at += sizeof(struct inotify_event) + ((struct inotify_event *)at)->len) {
        struct inotify_event *event = (struct inotify_event *)at;
        printf("%s %s\n", event->mask & IN_CREATE ? "made" : "written", event->name);
    }
    puts("ok");
}
