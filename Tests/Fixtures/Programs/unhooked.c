// A program without a C library that destroys its auxiliary vector, unless it is told to `keep` it, and only then makes the
// call by which a new program is noticed. `gcc -nostdlib -static`.
static long call(long number, long first, long second, long third) {
    long answer;
    __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
    return answer;
}

__attribute__((used)) static void begin(long *stack) {
    long count = stack[0], *word = stack + 1 + count + 1;
    while (*word) word++;
    if (count < 2)
        for (word++; word[0]; word += 2) *(volatile long *)word = 1; // AT_IGNORE
    call(12, 0, 0, 0);
    call(1, 1, (long)"went on\n", 8);
    call(60, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
