// The stack protector's canary and the pointer guard, where both C libraries keep them.
#include "probe.h"
int main(void) {
    uintptr_t canary;
    __asm__("mov %%fs:0x28, %0" : "=r"(canary));
    say_bytes("canary", &canary, sizeof canary);
#ifdef __GLIBC__
    __asm__("mov %%fs:0x30, %0" : "=r"(canary));
    say_bytes("pointer guard", &canary, sizeof canary);
#endif
}
