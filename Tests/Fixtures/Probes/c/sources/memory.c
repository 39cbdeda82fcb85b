// How much memory there is, and how busy the machine.
#include "probe.h"
#include <sys/sysinfo.h>
int main(void) {
    struct sysinfo info;
    double loads[3] = {0, 0, 0};
    memset(&info, 0, sizeof info);
    say_result("sysinfo", sysinfo(&info));
    printf("uptime %ld loads %lu %lu %lu\n", info.uptime, info.loads[0], info.loads[1], info.loads[2]);
    printf("ram %lu free %lu shared %lu buffers %lu\n", info.totalram, info.freeram, info.sharedram, info.bufferram);
    printf("swap %lu free %lu high %lu free %lu\n", info.totalswap, info.freeswap, info.totalhigh, info.freehigh);
    printf("processes %u unit %u\n", info.procs, info.mem_unit);
    printf("pages %ld available %ld\n", sysconf(_SC_PHYS_PAGES), sysconf(_SC_AVPHYS_PAGES));
    printf("getloadavg %d", getloadavg(loads, 3));
    printf(" %f %f %f\n", loads[0], loads[1], loads[2]);
    say_file("/proc/meminfo");
    say_file("/proc/loadavg");
    say_file("/proc/uptime");
    say_file("/proc/vmstat");
    say_file("/proc/swaps");
    say_file("/proc/pressure/cpu");
    say_file("/proc/buddyinfo");
    say_file("/proc/zoneinfo");
    say_file("/proc/diskstats");
}
