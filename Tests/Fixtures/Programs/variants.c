// Which variants of its functions the C library chose for the processor: those with fused multiplication round differently.
#include <math.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    unsigned long sum = 0;
    for (int i = 1; i < 200000; i++) {
        double x = i * 0.0137, found[] = {sin(x), cos(x), exp(-x / 1000), pow(x, 1.3), log(x), tan(x), atan(x)};
        for (unsigned j = 0; j < sizeof found / sizeof *found; j++) {
            unsigned long bits;
            memcpy(&bits, &found[j], 8);
            sum = (sum ^ bits) * 0x100000001b3;
        }
    }
    printf("%lx\n", sum);
    return 0;
}
