// What a process can read of itself, without what counts time.
#include "probe.h"
#include <dirent.h>
static void say_lines(const char *path, const char *const *without) {
    char line[4096];
    FILE *file = fopen(path, "r");
    printf("== %s\n", path);
    if (!file) {
        printf("errno %d\n", errno);
        return;
    }
    while (fgets(line, sizeof line, file)) {
        int skip = 0;
        for (const char *const *word = without; *word; word++) skip |= strncmp(line, *word, strlen(*word)) == 0;
        if (!skip) fputs(line, stdout);
    }
    fclose(file);
}
int main(void) {
    // Sizes in memory depend on the page cache and the kernel's moods. Processors allowed and context switches are the
    // host's, and so are numbers in maps and options in mountinfo: open/kernel-numbers prints them all.
    static const char *const host[] = {"Vm", "Rss", "Hugetlb", "Cpus_allowed", "Mems_allowed", "voluntary", "nonvoluntary", NULL};
    static const char *const none[] = {NULL};
    say_lines("/proc/self/status", host);
    static const char *const files[] = {"/proc/self/cgroup", "/proc/self/limits", "/proc/self/cmdline", "/proc/self/comm", "/proc/self/setgroups", "/proc/self/oom_score_adj", "/proc/self/loginuid", "/proc/self/sessionid",
        "/proc/self/personality", "/proc/self/cpuset",
        "/proc/self/wchan", "/proc/self/coredump_filter", "/proc/self/attr/current", "/proc/self/net/dev",
        "/proc/self/net/route"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) say_lines(files[i], none);
}
