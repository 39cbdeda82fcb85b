// A system call that this kernel does not have gives ENOSYS, so that programs try another.
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    long numbers[] = {1000, 9999, 470 + 300, 0x7fffffff};
    for (int i = 0; i < 4; i++) {
        errno = 0;
        if (syscall(numbers[i], 0, 0, 0) != -1 || errno != ENOSYS) printf("bad: %ld gives %d\n", numbers[i], errno);
    }
    puts("ok");
}
