/*
 * The only program of the image that the golden records were built in: a shell that knows no commands.
 *
 * Whatever it is asked to run, it writes one file below /out, from the first source that there is, and says so.
 * Nothing of a host or of another project is in it, so that it can stay as it is for as long as records do.
 *
 * Made once, by
 *     gcc -Os -static -nostdlib -fno-stack-protector -fno-asynchronous-unwind-tables -Wl,--build-id=none \
 *         -Wl,-z,noseparate-code -s -o sh sh.c
 * and never again: image.tar holds it.
 */
static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

void _start(void)
{
    char text[512];
    long source = call(2, (long)"/build/text", 0, 0);
    long size = source < 0 ? 0 : call(0, source, (long)text, sizeof text);
    long out = call(2, (long)"/out/text", 0101, 0644);
    if (out < 0 || call(1, out, (long)text, size) != size)
        call(60, 1, 0, 0);
    call(1, 1, (long)"written\n", 8);
    call(60, 0, 0, 0);
}
