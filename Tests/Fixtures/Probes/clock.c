// Reads clocks and waits for them. Prints a line for each: its name, the answer or `errno N`, and for a wait of 0.3 seconds
// whether it took less than 0.9 of that (`early`), more than 10 seconds (`late`), or neither (`fine`).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double begin;

static double monotonic(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}
static struct timespec in(int milliseconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long all = now.tv_nsec + milliseconds * 1000000LL;
    now.tv_sec += all / 1000000000;
    now.tv_nsec = all % 1000000000;
    begin = monotonic();
    return now;
}
static void say(const char *name, long answer) {
    if (answer < 0) printf("%s errno %d\n", name, errno);
    else printf("%s %ld\n", name, answer);
}
static void say_time(const char *name, int answer, struct timespec time) {
    if (answer < 0) printf("%s errno %d\n", name, errno);
    else printf("%s %lld.%09ld\n", name, (long long)time.tv_sec, time.tv_nsec);
}
static void waited(const char *name, long answer) {
    int number = errno;
    double took = monotonic() - begin;
    const char *verdict = took < 0.27 ? "early" : took > 10 ? "late" : "fine";
    if (answer < 0) printf("%s errno %d %s\n", name, number, verdict);
    else printf("%s %ld %s\n", name, answer, verdict);
}

static void read_clocks(void) {
    static const int ids[] = {CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_REALTIME_ALARM, CLOCK_TAI, 16, 23};
    struct timespec time;
    struct timeval value;
    struct timezone zone = {5, 6};
    char name[32];
    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
        snprintf(name, sizeof name, "clock-%d", ids[i]);
        say_time(name, clock_gettime(ids[i], &time), time);
        snprintf(name, sizeof name, "raw-%d", ids[i]);
        say_time(name, syscall(SYS_clock_gettime, ids[i], &time), time);
    }
    static const int running[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME};
    for (unsigned i = 0; i < sizeof running / sizeof *running; i++) {
        clock_gettime(running[i], &time);
        printf("running-%d %s\n", running[i], time.tv_sec >= 0 && time.tv_sec < 60 ? "new" : "old");
    }
    int answer = gettimeofday(&value, &zone);
    printf("gettimeofday %d %ld.%06ld %d %d\n", answer, (long)value.tv_sec, (long)value.tv_usec, zone.tz_minuteswest,
        zone.tz_dsttime);
    time_t seconds = 0;
    printf("time %ld", (long)syscall(SYS_time, &seconds));
    printf(" %ld\n", (long)seconds);
    say("nowhere", syscall(SYS_clock_gettime, CLOCK_REALTIME, 8));
    struct tms ticks;
    printf("times %s\n", times(&ticks) < 6000 && ticks.tms_utime >= 0 && ticks.tms_utime < 6000 ? "new" : "old");
    struct timespec set = {1, 0};
    say("set", clock_settime(CLOCK_REALTIME, &set));
}

// Times that are kept of shared memory, a queue and semaphores, and of packets.
static void read_times(void) {
    struct shmid_ds memory;
    struct msqid_ds messages;
    struct semid_ds semaphores;
    struct sembuf raise = {0, 1, 0};
    int id = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT);
    shmat(id, NULL, 0);
    int answer = shmctl(id, IPC_STAT, &memory);
    printf("shared %d %ld %ld %ld size %ld mode %o\n", answer, (long)memory.shm_ctime, (long)memory.shm_atime,
        (long)memory.shm_dtime, (long)memory.shm_segsz, memory.shm_perm.mode & 0777);
    id = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);
    answer = msgctl(id, IPC_STAT, &messages);
    printf("queue %d %ld %ld count %ld\n", answer, (long)messages.msg_ctime, (long)messages.msg_stime,
        (long)messages.msg_qnum);
    id = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);
    semop(id, &raise, 1);
    answer = semctl(id, 0, IPC_STAT, &semaphores);
    printf("semaphores %d %ld %ld count %ld value %d\n", answer, (long)semaphores.sem_ctime, (long)semaphores.sem_otime,
        (long)semaphores.sem_nsems, semctl(id, 0, GETVAL));
    say("shared-none", shmctl(77, IPC_STAT, &memory));
    say("queue-nowhere", syscall(SYS_msgctl, 0, IPC_STAT, 8));
    int one = 1, packets = socket(AF_INET, SOCK_DGRAM, 0);
    say("stamps", setsockopt(packets, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one));
    say("reuse", setsockopt(packets, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
    // SIOCGSTAMP
    struct timeval stamp;
    say("stamp", ioctl(packets, 0x8906, &stamp));
}

static void *read_in_thread(void *argument) {
    (void)argument;
    struct timespec time;
    say_time("thread", clock_gettime(CLOCK_REALTIME, &time), time);
    return NULL;
}
static void spin(void) {
    time_t start = time(NULL);
    long reads = 1;
    while (time(NULL) == start) reads++;
    printf("loop %ld\n", reads);
    // Only for the thread that waited.
    pthread_t thread;
    pthread_create(&thread, NULL, read_in_thread, NULL);
    pthread_join(thread, NULL);
}

static void handle(int number) { (void)number; }
static void sleep_until(void) {
    struct timespec until = in(300);
    waited("sleep", -clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("sleep-shows %d\n", now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
    until = in(300);
    waited("sleep-tai", -clock_nanosleep(CLOCK_TAI, TIMER_ABSTIME, &until, NULL));
    until = in(0);
    for (int i = 0; i < 30; i++) {
        until.tv_nsec += 10000000;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
    }
    // 30 times 10 ms; were each counted from the first, it would be 4.65 seconds.
    double took = monotonic() - begin;
    printf("sleep-on %s\n", took >= 0.27 && took < 4 ? "fine" : "wrong");
    until = (struct timespec){1, -1};
    printf("sleep-invalid %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    until = (struct timespec){-1, 0};
    printf("sleep-negative %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    printf("sleep-nowhere %ld\n", syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, 8, 0) < 0 ? (long)errno : 0L);

    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval alarm = {.it_value = {0, 300000}};
    until = (struct timespec){INT64_MAX, 999999999};
    setitimer(ITIMER_REAL, &alarm, NULL);
    begin = monotonic();
    waited("sleep-signal", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));

    pid_t child = fork();
    if (child == 0) _exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    usleep(50000);
    kill(child, SIGTERM);
    int status;
    waitpid(child, &status, 0);
    printf("sleep-killed %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int is_set;
static void *set(void *argument) {
    (void)argument;
    usleep(100000);
    pthread_mutex_lock(&mutex);
    is_set = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    return NULL;
}
static void *own(void *lock) {
    pthread_mutex_lock(lock);
    usleep(600000);
    pthread_mutex_unlock(lock);
    return NULL;
}
static void wait_for_threads(void) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    struct timespec until = in(300), now;
    waited("semaphore", sem_timedwait(&semaphore, &until));
    until = in(0);
    say("semaphore-now", sem_timedwait(&semaphore, &until));
    pthread_mutex_lock(&mutex);
    until = in(300);
    waited("condition", pthread_cond_timedwait(&condition, &mutex, &until));
    until = in(300);
    waited("mutex", pthread_mutex_timedlock(&mutex, &until));
    pthread_t thread;
    pthread_create(&thread, NULL, set, NULL);
    until = in(60000);
    int answer = 0;
    while (!is_set && answer == 0) answer = pthread_cond_timedwait(&condition, &mutex, &until);
    printf("condition-set %d %s\n", answer, monotonic() - begin < 50 ? "fine" : "late");
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    // As C++ waits: until the clock itself shows it.
    until = in(300);
    do {
        sem_timedwait(&semaphore, &until);
        clock_gettime(CLOCK_REALTIME, &now);
    } while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
    waited("until", 0);

    pthread_mutex_t inheriting;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&inheriting, &attributes);
    pthread_create(&thread, NULL, own, &inheriting);
    usleep(100000);
    until = in(300);
    waited("inheriting", pthread_mutex_timedlock(&inheriting, &until));
    until = in(60000);
    say("inheriting-free", pthread_mutex_timedlock(&inheriting, &until));
    pthread_mutex_unlock(&inheriting);
    pthread_join(thread, NULL);
}

static void wait_for_words(void) {
    uint32_t word = 1, second = 0;
    long answer;
    struct timespec until = in(300);
    do answer = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &until, 0, -1);
    while (answer == 0);
    waited("futex", answer);
    say("futex-other", syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 2, &until, 0, -1));
    say("futex-no-bits", syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &until, 0, 0));
    until.tv_nsec = 1000000000;
    say("futex-invalid", syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &until, 0, -1));
    until = in(300);
    do answer = syscall(SYS_futex, &word, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 1, &until, &second, 0);
    while (answer < 0 && errno == EAGAIN);
    waited("requeue", answer);
    // struct futex_waitv
    struct { uint64_t value, address; uint32_t flags, reserved; } waiter = {1, (uintptr_t)&word, 2, 0};
    until = in(300);
    do answer = syscall(449, &waiter, 1, 0, &until, CLOCK_REALTIME);
    while (answer < 0 && errno == EAGAIN);
    waited("words", answer);
    waiter.flags = 1;
    say("words-invalid", syscall(449, &waiter, 1, 0, &until, CLOCK_REALTIME));
}

static void set_timers(void) {
    uint64_t count = 0;
    int timer = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec when = {.it_value = in(300)}, old = {{9, 9}, {9, 9}};
    say("timerfd-set", timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, &old));
    waited("timerfd", read(timer, &count, sizeof count));
    printf("timerfd-count %d %ld\n", (int)count, (long)old.it_value.tv_sec);
    when.it_value.tv_sec = 1;
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
    say("timerfd-past", read(timer, &count, sizeof count));
    when.it_value.tv_nsec = -1;
    say("timerfd-invalid", timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL));
    when.it_value = in(300);
    say("timerfd-none", timerfd_settime(99, TFD_TIMER_ABSTIME, &when, NULL));

    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, NULL);
    timer_t posix;
    timer_create(CLOCK_REALTIME, NULL, &posix);
    struct timespec patience = {60, 0};
    when = (struct itimerspec){.it_value = in(300)};
    old = when;
    int answer = timer_settime(posix, TIMER_ABSTIME, &when, NULL), kept = memcmp(&old, &when, sizeof when) == 0;
    say("timer-set", answer);
    waited("timer", sigtimedwait(&alarms, NULL, &patience));
    printf("timer-kept %d\n", kept && memcmp(&old, &when, sizeof when) == 0);
    timer_delete(posix);
}

static void handle_nothing(int number) { (void)number; }

// Timers of timer_create, and all that comes with their signals.
static void set_timers_to_points(void) {
    int number = SIGRTMIN + 2;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, number);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    struct timespec patience = {60, 0}, moment = {0, 400000000};
    siginfo_t facts;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
    event.sigev_value.sival_ptr = (void *)0x123456789abcdef;
    timer_create(CLOCK_REALTIME, &event, &timer);
    struct itimerspec when = {.it_value = in(300), .it_interval = {0, 200000000}}, left;
    say("points-set", timer_settime(timer, TIMER_ABSTIME, &when, NULL));
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "points-%d", i);
        waited(name, sigtimedwait(&signals, &facts, &patience) == number);
    }
    unsigned long long value = (unsigned long)facts.si_value.sival_ptr;
    printf("points-facts %d %d %llx\n", facts.si_code, facts.si_timerid == (int)(long)timer, value);
    when = (struct itimerspec){.it_value = in(60000), .it_interval = {7, 5}};
    say("points-far", timer_settime(timer, TIMER_ABSTIME, &when, NULL));
    say("points-get", timer_gettime(timer, &left));
    int some = left.it_value.tv_sec > 30 && left.it_value.tv_sec < 60;
    printf("points-left %d %ld %ld\n", some, left.it_interval.tv_sec, left.it_interval.tv_nsec);
    // What is left is told, too, by what takes its place.
    struct itimerspec soon = {.it_value = {0, 300000000}}, none = {{0, 0}, {0, 0}};
    in(300);
    memset(&left, 0, sizeof left);
    say("points-length", timer_settime(timer, 0, &soon, &left));
    some = left.it_value.tv_sec > 30 && left.it_value.tv_sec < 60;
    printf("points-old %d %ld\n", some, left.it_interval.tv_sec);
    waited("points-soon", sigtimedwait(&signals, NULL, &patience) == number);
    timer_gettime(timer, &left);
    printf("points-over %ld %ld\n", left.it_value.tv_sec, left.it_value.tv_nsec);
    // Taken back, and deleted: silent.
    when = (struct itimerspec){.it_value = in(200)};
    timer_settime(timer, TIMER_ABSTIME, &when, NULL);
    timer_settime(timer, 0, &none, NULL);
    say("points-back", sigtimedwait(&signals, NULL, &moment));
    when.it_value = in(200);
    timer_settime(timer, TIMER_ABSTIME, &when, NULL);
    timer_delete(timer);
    say("points-deleted", sigtimedwait(&signals, NULL, &moment));
    say("points-none", timer_settime(timer, TIMER_ABSTIME, &when, NULL));
    say("points-none-get", timer_gettime(timer, &left));

    // A thread of its own is signalled, by a setting that nobody can write to.
    event.sigev_notify = SIGEV_THREAD_ID;
    event._sigev_un._tid = (int)syscall(SYS_gettid);
    timer_create(CLOCK_REALTIME, &event, &timer);
    struct itimerspec *constant = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *constant = (struct itimerspec){.it_value = in(300)};
    mprotect(constant, 4096, PROT_READ);
    say("points-constant", timer_settime(timer, TIMER_ABSTIME, constant, NULL));
    waited("points-thread", sigtimedwait(&signals, NULL, &patience) == number);
    // Of a signal with a handler, while the process waits for something else.
    signal(number, handle_nothing);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    when.it_value = in(300);
    timer_settime(timer, TIMER_ABSTIME, &when, NULL);
    waited("points-handler", pause());
    when.it_value.tv_nsec = -1;
    say("points-invalid", timer_settime(timer, TIMER_ABSTIME, &when, NULL));
    say("points-nowhere", timer_settime(timer, TIMER_ABSTIME, NULL, NULL));
}

static mqd_t queue;
static void *leave(void *argument) {
    (void)argument;
    usleep(100000);
    mq_send(queue, "abc", 3, 7);
    return NULL;
}
static void wait_for_messages(void) {
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
    queue = mq_open("/probe", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    mq_unlink("/probe");
    char message[9] = "";
    unsigned priority = 0;
    struct timespec until = in(300);
    waited("receive", mq_timedreceive(queue, message, 8, &priority, &until));
    pthread_t thread;
    pthread_create(&thread, NULL, leave, NULL);
    until = in(60000);
    say("receive-left", mq_timedreceive(queue, message, 8, &priority, &until));
    printf("message %s %u\n", message, priority);
    pthread_join(thread, NULL);
    until = in(300);
    say("send", mq_timedsend(queue, "hello", 5, 3, &until));
    waited("send-full", mq_timedsend(queue, "hello", 5, 3, &until));
    say("send-long", mq_timedsend(queue, "hello you", 9, 3, &until));
}

// How many waits of 0.2 seconds it takes until the clock has moved by two seconds; 60 if it does not.
static int rounds(void) {
    int ends[2], rounds = 0;
    if (pipe(ends)) return -1;
    struct pollfd nothing = {.fd = ends[0], .events = POLLIN};
    for (time_t until = time(NULL) + 2; time(NULL) < until && rounds < 60; rounds++) poll(&nothing, 1, 200);
    return rounds;
}
// What one process sets is not to keep others waiting.
static void crowd(void) {
    pid_t children[10];
    for (int i = 0; i < 10; i++) {
        if ((children[i] = fork())) continue;
        signal(SIGALRM, SIG_IGN);
        struct itimerspec always = {.it_value = in(0), .it_interval = {0, 1}};
        timer_t timer;
        for (int j = 0; j < 100; j++)
            if (!timer_create(CLOCK_REALTIME, NULL, &timer)) timer_settime(timer, TIMER_ABSTIME, &always, NULL);
        pause();
    }
    printf("beside-ticks %d\n", rounds() <= 20);
    for (int i = 0; i < 10; i++) kill(children[i], SIGKILL), waitpid(children[i], NULL, 0);
    // Each ends a little earlier than the one before.
    for (int i = 0; i < 34000; i++) {
        struct itimerval far = {.it_value = {3600 - i / 1000, 999999 - i % 1000 * 900}};
        setitimer(ITIMER_REAL, &far, NULL);
    }
    alarm(0);
    printf("after-alarms %d\n", rounds() <= 20);
    for (int i = 0; i < 2000; i++) {
        struct itimerspec far = {.it_value = in(3600000)};
        timer_t timer;
        if (timer_create(CLOCK_REALTIME, NULL, &timer)) return;
        if (timer_settime(timer, i % 2 ? TIMER_ABSTIME : 0, &far, NULL)) printf("timer %d errno %d\n", i, errno);
        timer_delete(timer);
    }
    signal(SIGALRM, handle_nothing);
    time_t start = time(NULL);
    alarm(1), pause();
    printf("after-timers %d\n", time(NULL) > start);
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count > 1 && strcmp(arguments[1], "read") == 0) return read_clocks(), read_times(), 0;
    if (count > 1 && strcmp(arguments[1], "spin") == 0) return spin(), 0;
    if (count > 1 && strcmp(arguments[1], "crowd") == 0) return crowd(), 0;
    // Something that is left behind while it is held.
    if (count > 1 && strcmp(arguments[1], "stay") == 0) {
        struct timespec until = in(3600000);
        return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
    }
    sleep_until();
    wait_for_threads();
    wait_for_words();
    set_timers();
    set_timers_to_points();
    wait_for_messages();
}
