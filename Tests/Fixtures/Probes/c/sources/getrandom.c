// Random bytes, by the library and by the call, one after the other.
#include "probe.h"
#include <sys/random.h>
int main(void) {
    unsigned char bytes[300];
    static const unsigned flags[] = {0, 1, 2, 3, 4};
    for (int i = 0; i < 5; i++) {
        long count = syscall(SYS_getrandom, bytes, 16, flags[i]);
        if (count < 0) printf("flags %u errno %d\n", flags[i], errno);
        else say_bytes("getrandom", bytes, count);
    }
    if (getentropy(bytes, 32) == 0) say_bytes("getentropy", bytes, 32);
    say_result("getentropy of 300", getentropy(bytes, 300));
    if (getrandom(bytes, 300, 0) == 300) say_bytes("300 bytes", bytes, 300);
    say_result("to a bad place", syscall(SYS_getrandom, 8, 16, 0));
    say_result("nothing", syscall(SYS_getrandom, bytes, 0, 0));
    // Much at once is one stream: the sum of all bytes tells.
    size_t size = 3000000, got = 0;
    unsigned char *much = malloc(size);
    uint64_t hash = 14695981039346656037u;
    while (got < size) {
        ssize_t count = getrandom(much + got, size - got, 0);
        if (count <= 0) break;
        got += count;
    }
    for (size_t i = 0; i < got; i++) hash = (hash ^ much[i]) * 1099511628211u;
    printf("three million bytes %zu %016llx\n", got, (unsigned long long)hash);
#ifdef __GLIBC__
    printf("arc4random %08x %08x\n", arc4random(), arc4random());
#endif
}
