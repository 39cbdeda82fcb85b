// Waits in every way that there is, and says by how many microseconds the wall clock moved meanwhile.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long on(int clock) {
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
static long long begin;
static void start(void) { begin = on(CLOCK_REALTIME); }
static void say(const char *name) {
    long long moved = on(CLOCK_REALTIME) - begin;
    if (moved % 1000) printf("%s %lld ns\n", name, moved);
    else printf("%s %lld\n", name, moved / 1000);
}
static void compute(int milliseconds) {
    long long end = on(CLOCK_MONOTONIC) + milliseconds * 1000000LL;
    while (on(CLOCK_MONOTONIC) < end) continue;
}
static void pause_for(int milliseconds) {
    struct timespec length = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    clock_nanosleep(CLOCK_REALTIME, 0, &length, NULL);
}
static void handle(int number) { (void)number; }
static void *sleep_in_thread(void *argument) {
    (void)argument;
    pause_for(300);
    return NULL;
}
static sem_t first, second;
static void *wait_in_thread(void *argument) {
    (void)argument;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    sem_clockwait(&first, CLOCK_MONOTONIC, &until);
    sem_post(&second);
    pause();
    return NULL;
}

static void sleep_alone(void) {
    struct timespec length = {0, 300000000}, tenth = {0, 100000000};
    start(), clock_nanosleep(CLOCK_REALTIME, 0, &length, NULL), say("clock_nanosleep");
    start(), syscall(SYS_nanosleep, &length, NULL), say("nanosleep");
    long long end = on(CLOCK_MONOTONIC) + 250000000;
    struct timespec until = {end / 1000000000, end % 1000000000};
    start(), clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), say("until");
    start(), poll(NULL, 0, 200), say("poll");
    struct timeval quarter = {0, 250000};
    start(), select(0, NULL, NULL, NULL, &quarter), say("select");
    start(), ppoll(NULL, 0, &tenth, NULL), say("ppoll");
    start(), compute(200), say("computing");
}

static void wait_for_events(void) {
    struct timespec tenth = {0, 100000000};
    int ends[2], queue = epoll_create1(0);
    if (pipe(ends)) return;
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(queue, EPOLL_CTL_ADD, ends[0], &event);
    struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
    start(), epoll_wait(queue, &event, 1, 100), say("epoll_wait");
    start(), poll(&descriptor, 1, 100), say("poll-pipe");
    sigset_t none;
    sigemptyset(&none);
    start(), sigtimedwait(&none, NULL, &tenth), say("sigtimedwait");
    uint32_t word = 1;
    start(), syscall(SYS_futex, &word, FUTEX_WAIT, 1, &tenth, NULL, 0), say("futex");
    // Woken for nothing, and back when there is nothing left to wait for.
    start();
    long long soon = begin + 100000000;
    struct timespec point = {soon / 1000000000, soon % 1000000000};
    while (!syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &point, NULL, ~0)) compute(200);
    say("taken-up");
    // What is there at once is no wait, however long it takes to use it.
    if (write(ends[1], "x", 1) != 1) return;
    start(), epoll_wait(queue, &event, 1, 100), compute(300), say("woken-early");
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec when = {.it_value = {0, 100000000}};
    uint64_t count;
    start(), timerfd_settime(timer, 0, &when, NULL);
    if (read(timer, &count, sizeof count) < 0) return;
    say("timerfd");
    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval interval = {.it_value = {0, 100000}};
    start(), setitimer(ITIMER_REAL, &interval, NULL), pause(), say("setitimer");
    start(), alarm(1), pause(), say("alarm");
    start(), alarm(1), pause_for(20), alarm(0), pause_for(1100), say("alarm-off");
}

static void set_timers(void) {
    struct itimerspec when = {.it_value = {0, 400000000}}, half = {{0, 500000000}, {0, 500000000}};
    uint64_t count;
    start();
    int file = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(file, 0, &when, NULL), close(file), compute(600), say("closed");
    timer_t timer;
    struct sigevent silent = {.sigev_notify = SIGEV_NONE};
    start(), timer_create(CLOCK_REALTIME, &silent, &timer), timer_settime(timer, 0, &when, NULL), timer_delete(timer);
    compute(600), say("deleted");
    // Until a point of the clock that runs.
    long long end = on(CLOCK_MONOTONIC) + 400000000;
    struct itimerspec point = {.it_value = {end / 1000000000, end % 1000000000}};
    file = timerfd_create(CLOCK_MONOTONIC, 0);
    start(), timerfd_settime(file, TFD_TIMER_ABSTIME, &point, NULL);
    if (read(file, &count, sizeof count) < 0) return;
    say("point");
    start(), timerfd_settime(file, 0, &half, NULL);
    for (int i = 0; i < 3; i++)
        if (read(file, &count, sizeof count) < 0) return;
    say("ticks"), close(file);
    struct itimerval interval = {{0, 500000}, {0, 500000}}, none = {{0, 0}, {0, 0}};
    start(), setitimer(ITIMER_REAL, &interval, NULL), pause(), pause(), setitimer(ITIMER_REAL, &none, NULL), say("alarms");
    // Counted once, for who computes.
    start(), setitimer(ITIMER_REAL, &interval, NULL), compute(1800), setitimer(ITIMER_REAL, &none, NULL);
    say("computing-on");
}

static void wait_for_others(void) {
    start();
    pid_t child = fork();
    if (child == 0) pause_for(300), _exit(0);
    waitpid(child, NULL, 0), say("child");
    // A grandchild waits, and nobody asks for the time before the end.
    start();
    child = fork();
    if (child == 0) {
        pid_t other = fork();
        if (other == 0) pause_for(300), _exit(0);
        waitpid(other, NULL, 0), _exit(0);
    }
    waitpid(child, NULL, 0), say("grandchild");
    start();
    child = fork();
    if (child == 0) pause_for(3600000), _exit(0);
    pause_for(50), kill(child, SIGKILL), waitpid(child, NULL, 0), say("killed");
    pthread_t thread;
    start(), pthread_create(&thread, NULL, sleep_in_thread, NULL), pthread_join(thread, NULL), say("thread");
    sem_init(&first, 0, 0), sem_init(&second, 0, 0);
    start(), pthread_create(&thread, NULL, wait_in_thread, NULL), sem_wait(&second), say("thread-waits");
}

static void compare_with_files(void) {
    int wrong = 0;
    long long last = 0;
    for (int i = 0; i < 12; i++) {
        struct stat status;
        long long before = on(CLOCK_REALTIME);
        int file = open("agrees", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (i % 2 && write(file, "x", 1) != 1) return;
        fstat(file, &status);
        close(file);
        long long changed = status.st_mtim.tv_sec * 1000000000LL + status.st_mtim.tv_nsec, after = on(CLOCK_REALTIME);
        if (changed <= before || changed > after || changed <= last) wrong++;
        last = changed;
    }
    printf("files %d wrong\n", wrong);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    sleep_alone();
    wait_for_events();
    set_timers();
    wait_for_others();
    compare_with_files();
    return 0;
}
