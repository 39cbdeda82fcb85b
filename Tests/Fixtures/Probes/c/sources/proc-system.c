// Everything readable below /proc that is about the machine and small, but what other probes print.
#include "probe.h"
#include <dirent.h>
int main(void) {
    static const char *const files[] = {"/proc/filesystems", "/proc/devices", "/proc/misc", "/proc/partitions", "/proc/modules",
        "/proc/consoles", "/proc/crypto", "/proc/dma", "/proc/fb", "/proc/iomem", "/proc/ioports",
        "/proc/keys", "/proc/key-users", "/proc/locks", "/proc/mdstat", "/proc/mtrr", "/proc/schedstat", "/proc/timer_list",
        "/proc/cgroups", "/proc/execdomains", "/proc/slabinfo", "/proc/sys/fs/file-nr", "/proc/sys/fs/inode-nr",
        "/proc/sys/fs/file-max", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max", "/proc/sys/kernel/ns_last_pid",
        "/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/pty/nr", "/proc/sys/kernel/sem", "/proc/sys/kernel/shmmax",
        "/proc/sys/kernel/tainted", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/max_map_count"};
    DIR *top = opendir("/proc");
    struct dirent *entry;
    while (top && (entry = readdir(top)))
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') printf("%s\n", entry->d_name);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) say_file(files[i]);
}
