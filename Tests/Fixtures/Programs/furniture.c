// What programs expect of any machine they run on. Each argument is a look at one thing; a line is printed for it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void say(const char *name, long answer) {
    if (answer < 0) printf("%s errno %d\n", name, errno);
    else printf("%s %ld\n", name, answer);
}

// A server and its client in one process: both sides of a connection, and who they are.
static void serve(const char *name, int family, const void *address, socklen_t size) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
    if (server < 0 || bind(server, address, size) < 0 || listen(server, 1) < 0) return say(name, -1);
    getsockname(server, (struct sockaddr *)&bound, &length);
    if (connect(client, (struct sockaddr *)&bound, length) < 0) return say(name, -1);
    int served = accept(server, 0, 0);
    char text[8] = "";
    say(name, write(client, "hello", 5) == 5 && read(served, text, 8) == 5 && strcmp(text, "hello") == 0);
    close(server), close(client), close(served);
}

static void loopback(void) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    serve("127.0.0.1", AF_INET, &four, sizeof four);
    four.sin_addr.s_addr = inet_addr("127.0.1.1");
    serve("127.0.1.1", AF_INET, &four, sizeof four);
    serve("::1", AF_INET6, &six, sizeof six);
}

static void beyond(void) {
    struct sockaddr_in away = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = inet_addr("192.0.2.1")};
    struct sockaddr_in6 far = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    inet_pton(AF_INET6, "2001:db8::1", &far.sin6_addr);
    say("192.0.2.1", connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&away, sizeof away));
    say("2001:db8::1", connect(socket(AF_INET6, SOCK_STREAM, 0), (void *)&far, sizeof far));
}

static void interfaces(void) {
    struct ifaddrs *list = 0;
    getifaddrs(&list);
    for (struct ifaddrs *each = list; each; each = each->ifa_next) {
        char text[64] = "-";
        if (!each->ifa_addr) continue;
        if (each->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &((struct sockaddr_in *)each->ifa_addr)->sin_addr, text, sizeof text);
        if (each->ifa_addr->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &((struct sockaddr_in6 *)each->ifa_addr)->sin6_addr, text, sizeof text);
        printf("%s %x %s\n", each->ifa_name, each->ifa_flags, text);
    }
}

static void files(const char *count) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("limit %lu %lu\n", (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    long opened = 0;
    while (opened < atol(count) && dup(0) >= 0) opened++;
    printf("opened %ld\n", opened);
}

// As sanitizers and runtimes do: much more than there is, of which one page is touched.
static void reserve(void) {
    char *area = mmap(0, 1UL << 42, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) return say("reserved", -1);
    area[1UL << 41] = 1;
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    printf("reserved %d\n", limit.rlim_cur == RLIM_INFINITY && limit.rlim_max == RLIM_INFINITY);
}

static void affinity(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(1, &set);
    say("set", sched_setaffinity(0, sizeof set, &set));
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    printf("kept %d %d\n", CPU_COUNT(&set), CPU_ISSET(1, &set));
    fflush(stdout);
    if (fork() == 0) {
        sched_getaffinity(0, sizeof set, &set);
        printf("child %d %ld\n", CPU_COUNT(&set), sysconf(_SC_NPROCESSORS_CONF));
        fflush(stdout);
        _exit(0);
    }
    wait(0);
}

// A terminal of one's own, as script(1) and expect make them.
static void terminal(void) {
    say("without", open("/dev/tty", O_RDWR));
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) return say("pty", -1);
    fflush(stdout);
    if (fork() == 0) {
        setsid();
        int slave = open(ptsname(master), O_RDWR);
        (void)slave;
        int tty = open("/dev/tty", O_RDWR);
        if (tty >= 0) dprintf(tty, "typed");
        _exit(tty < 0 ? errno : 0);
    }
    int status;
    wait(&status);
    char text[16] = "";
    printf("with %d %zd %s\n", WEXITSTATUS(status), read(master, text, 15), text);
}

static void numbers(void) {
    const long unknown[] = {463, 470, 600, 9999, 0x3fffffff, 0x40000000, 0x40000000 | 39, 0x7fffffff};
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        char name[32];
        snprintf(name, sizeof name, "call-%lx", unknown[i]);
        say(name, syscall(unknown[i], 0, 0, 0, 0, 0, 0));
    }
}

// What the kernel hands to a new program, where it put it: above the environment.
static void vector(void) {
    char **end = environ;
    while (*end) end++;
    for (unsigned long *pair = (unsigned long *)(end + 1); pair[0]; pair += 2)
        if (pair[0] == 16 || pair[0] == 26 || pair[0] == 27 || pair[0] == 28 || pair[0] == 33 || pair[0] == 51)
            printf("%lu %lx\n", pair[0], pair[1]);
}

// What kernels of after 6.1 have, or only some machines.
static void later(void) {
    struct timespec time;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    unsigned long word[4];
    int option = 1, file = open("/tmp", O_TMPFILE | O_RDWR, 0600), tcp = socket(AF_INET, SOCK_STREAM, 0);
    void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int clock = 8; clock <= 9; clock++) {
        say("gettime", syscall(SYS_clock_gettime, clock, &time));
        say("getres", syscall(SYS_clock_getres, clock, &time));
        time = (struct timespec){0, 1};
        say("nanosleep", syscall(SYS_clock_nanosleep, clock, 0, &time, 0));
        say("timer", syscall(SYS_timer_create, clock, &event, &timer));
    }
    say("xcomp", syscall(SYS_arch_prctl, 0x1021, word));
    say("shadow-stack", syscall(SYS_arch_prctl, 0x5005, word));
    say("untag", syscall(SYS_arch_prctl, 0x4001, word));
    say("map-vdso", syscall(SYS_arch_prctl, 0x2003, 0));
    say("get-fs", syscall(SYS_arch_prctl, 0x1003, word));
    say("registrations", syscall(SYS_membarrier, 1 << 9, 0, 0));
    say("guard", madvise(page, 4096, 102));
    say("dontneed", madvise(page, 4096, MADV_DONTNEED));
    say("dontcache", pwritev2(file, &part, 1, 0, 0x80));
    say("append", pwritev2(file, &part, 1, 0, 0x10));
    say("write-zeroes", fallocate(file, 0x80, 0, 4096));
    say("allocate", fallocate(file, 0, 0, 4096));
    say("tcp-rto", setsockopt(tcp, IPPROTO_TCP, 44, &option, sizeof option));
    say("tcp-nodelay", setsockopt(tcp, IPPROTO_TCP, 1, &option, sizeof option));
    say("port-range", setsockopt(tcp, IPPROTO_IP, 51, &option, sizeof option));
    say("restrict", syscall(SYS_landlock_restrict_self, -1, 1));
}

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        const char *what = arguments[i];
        if (strcmp(what, "loopback") == 0) loopback();
        else if (strcmp(what, "beyond") == 0) beyond();
        else if (strcmp(what, "interfaces") == 0) interfaces();
        else if (strcmp(what, "files") == 0) files(arguments[++i]);
        else if (strcmp(what, "reserve") == 0) reserve();
        else if (strcmp(what, "affinity") == 0) affinity();
        else if (strcmp(what, "terminal") == 0) terminal();
        else if (strcmp(what, "numbers") == 0) numbers();
        else if (strcmp(what, "vector") == 0) vector();
        else if (strcmp(what, "later") == 0) later();
        else return 2;
        fflush(stdout);
    }
    return 0;
}
