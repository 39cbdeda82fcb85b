// Files that tell of processors.
#include "probe.h"
int main(void) {
    say_file("/proc/cpuinfo");
    say_file("/proc/stat");
    say_file("/proc/softirqs");
    say_file("/proc/interrupts");
    say_file("/sys/devices/system/cpu/online");
    say_file("/sys/devices/system/cpu/possible");
    say_file("/sys/devices/system/cpu/present");
    say_file("/sys/devices/system/cpu/cpu0/topology/core_id");
    say_file("/sys/devices/system/cpu/cpu0/cache/index0/size");
    say_file("/sys/devices/system/node/online");
    say_file("/sys/fs/cgroup/cpu.max");
}
