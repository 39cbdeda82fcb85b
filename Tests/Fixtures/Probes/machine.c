// What a program is told of its machine: one line for each question, in a static program, so that it runs in any root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *name, long answer) {
    if (answer < 0)
        printf("%s errno %d\n", name, errno);
    else
        printf("%s %ld\n", name, answer);
}

static void names(const char *name) {
    struct utsname n;
    if (uname(&n) != 0) return say(name, -1);
    printf("%s %s|%s|%s|%s|%s|%s\n", name, n.sysname, n.nodename, n.release, n.version, n.machine, n.domainname);
}

static long mask(pid_t thread) {
    unsigned long words[16] = {0};
    long size = syscall(SYS_sched_getaffinity, thread, sizeof words, words);
    if (size < 0) return -1;
    long count = 0;
    for (int i = 0; i < 16; i++) count += __builtin_popcountl(words[i]);
    return count;
}

static long set(pid_t thread, unsigned long word) {
    return syscall(SYS_sched_setaffinity, thread, sizeof word, &word);
}

static void *in_thread(void *unused) {
    (void)unused;
    say("thread-mask", mask(0));
    say("thread-set", set(0, 1));
    say("thread-mask-after", mask(0));
    return NULL;
}

static void processors(void) {
    say("nprocessors-onln", sysconf(_SC_NPROCESSORS_ONLN));
    say("nprocessors-conf", sysconf(_SC_NPROCESSORS_CONF));
    say("mask", mask(0));
    say("mask-of-nobody", mask(4000000));
    unsigned long word = 0;
    say("mask-odd-size", syscall(SYS_sched_getaffinity, 0, 7, &word));
    say("mask-nowhere", syscall(SYS_sched_getaffinity, 0, 128, NULL));
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    say("mask-after-thread", mask(0));
    say("set-none", set(0, 0));
    say("set-others", set(0, 1ul << 40));
    say("set-nowhere", syscall(SYS_sched_setaffinity, 0, 8, NULL));
    say("set-two", set(0, 2ul | 1ul << 40));
    say("mask-two", mask(0));
    fflush(stdout);
    if (fork() == 0) {
        say("mask-child", mask(0));
        say("mask-parent", mask(getppid()));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    unsigned cpu = 77, node = 77;
    say("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
    say("getcpu-cpu", cpu);
    say("getcpu-node", node);
    say("getcpu-nothing", syscall(SYS_getcpu, NULL, NULL, NULL));
    static char area[1024] __attribute__((aligned(1024)));
    say("rseq", syscall(SYS_rseq, area, 32, 0, 0x53053053));
}

static void memory(void) {
    struct sysinfo s;
    say("sysinfo", sysinfo(&s));
    printf("sysinfo-values %ld %lu %lu %lu %lu %lu %lu %lu %lu %lu %d %lu %lu %u\n", s.uptime, s.loads[0], s.loads[1],
        s.loads[2], s.totalram, s.freeram, s.sharedram, s.bufferram, s.totalswap, s.freeswap, s.procs, s.totalhigh,
        s.freehigh, s.mem_unit);
    say("sysinfo-nowhere", syscall(SYS_sysinfo, 8));
    say("phys-pages", sysconf(_SC_PHYS_PAGES));
}

static void print(const char *name, int answer, struct statfs *f) {
    if (answer != 0) return say(name, -1);
    printf("%s %lx %ld %lu %lu %lu %lu %lu %d:%d %ld %ld\n", name, (long)f->f_type, (long)f->f_bsize, f->f_blocks,
        f->f_bfree, f->f_bavail, f->f_files, f->f_ffree, f->f_fsid.__val[0], f->f_fsid.__val[1], (long)f->f_namelen,
        (long)f->f_frsize);
}

static void space(void) {
    struct statfs f;
    const char *paths[] = {"/", "/tmp", "/proc", "/proc/self", "/proc/self/fd/1", "/nothing", ""};
    for (int i = 0; i < 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "statfs:%s", paths[i]);
        print(name, statfs(paths[i], &f), &f);
    }
    chdir("/tmp");
    print("statfs-relative", statfs(".", &f), &f);
    int file = open("/tmp/space", O_RDWR | O_CREAT, 0600);
    unlink("/tmp/space");
    print("fstatfs", fstatfs(file, &f), &f);
    print("fstatfs-closed", fstatfs(99, &f), &f);
    print("fstatfs-cwd", fstatfs(AT_FDCWD, &f), &f);
    say("statfs-nowhere", statfs("/", (void *)8));
    say("statfs-no-path", statfs((void *)8, &f));
}

static void files(void) {
    int file = open("/tmp/holes", O_RDWR | O_CREAT, 0600), other = dup(file);
    ftruncate(file, 1 << 20);
    pwrite(file, "x", 1, 1 << 19);
    say("seek-data", lseek(file, 0, SEEK_DATA));
    say("seek-data-inside", lseek(file, 100, SEEK_DATA));
    say("position", lseek(other, 0, SEEK_CUR));
    say("seek-hole", lseek(file, 5, SEEK_HOLE));
    say("position-at-end", lseek(other, 0, SEEK_CUR));
    say("seek-data-end", lseek(file, 1 << 20, SEEK_DATA));
    say("seek-hole-end", lseek(file, 1 << 20, SEEK_HOLE));
    say("seek-negative", lseek(file, -1, SEEK_HOLE));
    say("position-kept", lseek(other, 0, SEEK_CUR));
    say("seek-closed", lseek(99, 0, SEEK_DATA));
    int ends[2];
    if (pipe(ends) != 0) exit(2);
    say("seek-pipe", lseek(ends[0], 0, SEEK_DATA));
    int place = open("/tmp/holes", O_PATH);
    say("seek-path", lseek(place, 0, SEEK_HOLE));
    say("getxattr", getxattr("/tmp/holes", "user.x", NULL, 0));
    say("listxattr", listxattr("/tmp/holes", NULL, 0));
    struct fiemap map = {.fm_length = ~0ull};
    say("fiemap", ioctl(file, FS_IOC_FIEMAP, &map));
    int clone = open("/tmp/clone", O_RDWR | O_CREAT, 0600);
    say("ficlone", ioctl(clone, FICLONE, file));
    int flags = 0;
    say("getflags", ioctl(file, FS_IOC_GETFLAGS, &flags));
}

int main(void) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    names("uname");
    say("uname-nowhere", syscall(SYS_uname, 8));
    personality(0x20000);
    names("uname-26");
    personality(8);
    names("uname-32");
    personality(0);
    memory();
    space();
    files();
    processors();
    return 0;
}
