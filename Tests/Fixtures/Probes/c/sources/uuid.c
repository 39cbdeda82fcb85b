// What /proc/sys/kernel/random shows.
#include "probe.h"
int main(void) {
    say_file("/proc/sys/kernel/random/uuid");
    say_file("/proc/sys/kernel/random/uuid");
    say_file("/proc/sys/kernel/random/boot_id");
    say_file("/proc/sys/kernel/random/boot_id");
    say_file("/proc/sys/kernel/random/entropy_avail");
    say_file("/proc/sys/kernel/random/poolsize");
}
