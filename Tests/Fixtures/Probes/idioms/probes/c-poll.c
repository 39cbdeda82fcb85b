// gettimeofday moves by the timeouts of poll, select and epoll_wait that ran out.
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>
static double now(void) { struct timeval t; gettimeofday(&t, NULL); return t.tv_sec + t.tv_usec / 1e6; }
static void expect(const char *what, double start, double least) {
    if (now() - start < least - 0.000002) printf("bad: %f seconds for %s\n", now() - start, what);
}
int main(void) {
    int ends[2];
    if (pipe(ends)) return 1;
    double start = now();
    poll(NULL, 0, 500);
    expect("poll of nothing", start, 0.5);
    start = now();
    poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 500);
    expect("poll", start, 0.5);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    start = now();
    select(ends[0] + 1, &set, NULL, NULL, &(struct timeval){0, 500000});
    expect("select", start, 0.5);
    int all = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(all, EPOLL_CTL_ADD, ends[0], &event);
    start = now();
    epoll_wait(all, &event, 1, 500);
    expect("epoll_wait", start, 0.5);
    puts("ok");
}
