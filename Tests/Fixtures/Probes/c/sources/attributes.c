// What a process has from whoever started it, and what the kernel says of itself by system calls. Numbers are the kernel's,
// because musl's headers lack many of them.
#include "probe.h"
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>

static void scheduling(void) {
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; uint32_t least, most; } found = {0};
    struct timespec slice = {0};
    say_result("nice, as the kernel has it", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    say_result("nice of the group", syscall(SYS_getpriority, PRIO_PGRP, 0));
    say_result("policy", syscall(SYS_sched_getscheduler, 0));
    say_result("sched_getattr", syscall(SYS_sched_getattr, 0, &found, sizeof found, 0));
    printf("policy %u flags %llx clamps %u %u\n", found.policy, (unsigned long long)found.flags, found.least, found.most);
    say_result("slice", syscall(SYS_sched_rr_get_interval, 0, &slice));
    say_time("slice", slice);
    say_result("disks", syscall(SYS_ioprio_get, 1, 0));
    // Five levels down is five levels down wherever one begins.
    say_result("setpriority", syscall(SYS_setpriority, PRIO_PROCESS, 0, 5));
    say_result("nice then", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    say_result("back", syscall(SYS_setpriority, PRIO_PROCESS, 0, 4));
    say_result("of process 1", syscall(SYS_setpriority, PRIO_PROCESS, 1, 19));
}

static void process(void) {
    static const struct { int option; const char *name; } options[] = {
        {2, "death signal"}, {3, "dumpable"}, {5, "unaligned"}, {7, "capabilities kept"}, {9, "floating point"},
        {21, "seccomp"}, {25, "TSC"}, {27, "secure bits"}, {30, "timer slack"}, {34, "machine checks"},
        {37, "subreaper"}, {39, "no new privileges"}, {42, "huge pages off"}, {52, "speculation"}, {58, "flusher"},
        {62, "core scheduling"}, {66, "no new code"}, {68, "memory merged"}, {0x41555856, "auxiliary vector"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        int answer = 0, pointed = options[i].option == 2 || options[i].option == 25 || options[i].option == 37;
        long result = prctl(options[i].option, pointed ? (unsigned long)&answer : 0, 0, 0, 0);
        say_result(options[i].name, result < 0 ? result : pointed ? answer : result);
    }
    printf("personality %lx\n", syscall(SYS_personality, 0xffffffff));
    for (int i = 0; i < 16; i++) {
        unsigned long long limit[2] = {0};
        syscall(SYS_prlimit64, 0, i, NULL, limit);
        // The limit of processes has process 1's own threads in it, which follow from the recipe.
        printf("limit %d %llx %llx\n", i, limit[0], limit[1]);
    }
    int policy = 0;
    say_result("memory policy", syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0));
    uint64_t blocked = 0;
    syscall(SYS_rt_sigprocmask, 0, NULL, &blocked, 8);
    printf("blocked %llx ignored", (unsigned long long)blocked);
    for (int i = 1; i <= 64; i++) {
        uint64_t action[4] = {0};
        if (syscall(SYS_rt_sigaction, i, NULL, action, 8) == 0 && action[0] == 1) printf(" %d", i);
    }
    printf("\numask %o\n", umask(022));
    say_file("/proc/self/coredump_filter");
    say_file("/proc/self/timerslack_ns");
    say_file("/proc/self/oom_score_adj");
    say_file("/proc/self/limits");
    say_file("/proc/self/personality");
    // Mappings whose pages may be merged with equal ones of others.
    char line[512];
    int merged = 0;
    FILE *mappings = fopen("/proc/self/smaps", "r");
    while (mappings && fgets(line, sizeof line, mappings))
        if (!strncmp(line, "VmFlags:", 8) && strstr(line, " mg")) merged++;
    printf("merged %d\n", merged);
}

static void kernel(void) {
    struct timespec resolution = {0};
    for (int clock = 4; clock <= 7; clock++) {
        clock_getres(clock, &resolution);
        if (clock != 4 && clock != 7) say_time("coarse", resolution);
    }
    say_result("auxiliary clock", syscall(SYS_clock_getres, 16, &resolution));
    say_result("membarrier", syscall(SYS_membarrier, 0, 0, 0));
    say_result("landlock", syscall(444, NULL, 0, 1));
    say_result("landlock errata", syscall(444, NULL, 0, 2));
    int internet = socket(AF_INET, SOCK_STREAM, 0);
    char name[64] = "", text[256] = "";
    socklen_t length = sizeof name;
    getsockopt(internet, IPPROTO_TCP, 13, name, &length);
    printf("congestion %s\n", name);
    static const struct { int option; const char *name; } options[] = {
        {7, "send buffer"}, {8, "receive buffer"}, {57, "cookie"}, {71, "cookie of the network"}, {49, "processor"},
        {56, "queue"}, {77, "descriptor of the peer"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        uint64_t value = 0;
        length = sizeof value;
        long result = getsockopt(internet, SOL_SOCKET, options[i].option, &value, &length);
        say_result(options[i].name, result < 0 ? result : (long)value);
    }
    int folder = open("/", O_RDONLY), namespace = open("/proc/self/ns/mnt", O_RDONLY), self = (int)syscall(434, getpid(), 0);
    int maps = open("/proc/self/maps", O_RDONLY);
    say_result("file system's uuid", ioctl(folder, 0x80111500, text));
    say_result("file system's path", ioctl(folder, 0x80811501, text));
    say_result("namespace's number", ioctl(namespace, 0x8008b705, text));
    say_result("namespace's other number", ioctl(namespace, 0x8008b70d, text));
    say_result("process's facts", ioctl(self, 0xc040ff0b, text));
    say_result("epoll", ioctl((int)syscall(SYS_epoll_create1, 0), 0x80088a02, text));
    say_result("memory file", syscall(SYS_memfd_create, "m", 0x10) < 0 ? -1 : 0);
    say_result("thread", syscall(434, getpid(), 0200) < 0 ? -1 : 0);
    say_result("signal to a group", syscall(424, self, 0, NULL, 4));
    say_result("check of a program", syscall(SYS_execveat, AT_FDCWD, "/proc/self/exe", NULL, NULL, 0x10000));
    say_result("maps", ioctl(maps, 0xc0686611, text));
}

static void objects(void) {
    struct sembuf up = {0, 1, 0};
    struct { long type; char text[8]; } message = {1, "hello"};
    int segment = shmget(0x1234, 4096, 0600 | IPC_CREAT), set = semget(0x1234, 2, 0640 | IPC_CREAT), queue = msgget(0x1234, 0600 | IPC_CREAT);
    void *mapped = shmat(segment, NULL, 0);
    semop(set, &up, 1);
    msgsnd(queue, &message, 6, 0);
    int lock = open("lock", O_RDWR | O_CREAT, 0644);
    struct flock whole = {.l_type = F_WRLCK};
    fcntl(lock, 37, &whole);
    static const char *const files[] = {"/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/locks"};
    for (size_t i = 0; i < 4; i++) {
        say_file(files[i]);
        // Another way to open it: nothing of the host either.
        char buffer[4096] = "";
        int file = open(files[i], O_RDONLY | O_CLOEXEC);
        ssize_t count = read(file, buffer, sizeof buffer);
        printf("another way %zd\n%.*s", count, count < 0 ? 0 : (int)count, buffer);
        close(file);
    }
    shmdt(mapped);
    shmctl(segment, IPC_RMID, NULL);
    semctl(set, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, NULL);
}

int main(int count, char **words) {
    const char *part = count > 1 ? words[1] : "";
    if (!*part || !strcmp(part, "process")) process();
    if (!*part || !strcmp(part, "kernel")) kernel();
    if (!*part || !strcmp(part, "objects")) objects();
    if (!*part || !strcmp(part, "scheduling")) scheduling();
}
