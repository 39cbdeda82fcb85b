// Everything that sysconf knows.
#include "probe.h"
int main(void) {
    // 84 and 83: processors, in the affinity probe; 86: free memory, in the memory probe, counted from the library's names.
    for (int i = 0; i < 250; i++) {
        errno = 0;
        long value = sysconf(i);
        if (value != -1) printf("%d %ld\n", i, value);
    }
}
