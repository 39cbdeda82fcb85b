// Signals as fast as they can be sent, for as long as somebody else is waiting for something.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void nothing(int number) { (void)number; }

// Waits for a second as one who begins anew after every signal, while a child sends them.
static int naive(void) {
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGUSR1, &action, NULL);
    pid_t self = getpid(), child = fork();
    double begun = now();
    if (child == 0) {
        while (now() < begun + 4) {
            if (kill(self, SIGUSR1)) break;
            usleep(1000);
        }
        _exit(0);
    }
    while (poll(NULL, 0, 1000) < 0 && errno == EINTR) continue;
    printf("a second took %s\n", now() - begun > 3.5 ? "four" : "one");
    waitpid(child, NULL, 0);
    return 0;
}

// Sends every signal to a process and to one thread of it that is not its first.
static int flood(int process, double seconds) {
    double end = now() + seconds;
    for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
    while (now() < end) {
        for (int number = 1; number <= 64; number++) kill(process, number);
        for (int number = 0; number < 200; number++) kill(process, SIGUSR1);
        kill(process, 33), kill(process, SIGCHLD);
    }
    return 0;
}

// Children whose ends PID 1 has to take in, as fast as they can be made.
static int orphans(double seconds) {
    double end = now() + seconds;
    signal(SIGTERM, SIG_IGN);
    while (now() < end) {
        pid_t child = fork();
        if (child == 0) {
            for (int number = 0; number < 50; number++) if (fork() == 0) _exit(0);
            _exit(0);
        }
        if (child > 0) waitpid(child, NULL, 0);
    }
    return 0;
}

static int hold(size_t bytes, double seconds) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 1;
    memset(memory, 1, bytes);
    double end = now() + seconds;
    signal(SIGTERM, SIG_IGN);
    while (now() < end) usleep(100000);
    puts("held");
    return 0;
}

int main(int count, char **words) {
    if (count == 2 && !strcmp(words[1], "naive")) return naive();
    if (count == 4 && !strcmp(words[1], "flood")) return flood(atoi(words[2]), atof(words[3]));
    if (count == 3 && !strcmp(words[1], "orphans")) return orphans(atof(words[2]));
    if (count == 4 && !strcmp(words[1], "hold")) return hold((size_t)atol(words[2]) << 20, atof(words[3]));
    return 2;
}
