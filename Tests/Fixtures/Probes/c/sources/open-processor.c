// Open: what the processor answers without the kernel, and what the kernel hands new programs of it.
#include "probe.h"
#include <cpuid.h>
#include <sys/auxv.h>
#include <x86intrin.h>
__attribute__((target("rdrnd"))) static int hardware_random(unsigned long long *value) { return _rdrand64_step(value); }
int main(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    unsigned long long value = 0;
    printf("rdtsc %llu\n", (unsigned long long)__rdtsc());
    __get_cpuid(1, &a, &b, &c, &d);
    printf("cpuid %x %x %x %x\n", a, b, c, d);
    // AT_HWCAP, AT_HWCAP2 and AT_MINSIGSTKSZ
    printf("vector %lx %lx %lx\n", getauxval(16), getauxval(26), getauxval(51));
    if (c & (1u << 30)) printf("rdrand %d", hardware_random(&value)), printf(" %llx\n", value);
}
