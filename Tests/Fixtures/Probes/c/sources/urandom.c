// The random devices, each opened twice.
#include "probe.h"
static void look(const char *path) {
    for (int i = 0; i < 2; i++) {
        unsigned char bytes[32];
        struct stat status;
        int device = open(path, O_RDONLY);
        if (device < 0) {
            printf("%s errno %d\n", path, errno);
            continue;
        }
        fstat(device, &status);
        printf("%s mode %o device %lx\n", path, status.st_mode, (long)status.st_rdev);
        ssize_t first = read(device, bytes, 16), second = read(device, bytes + 16, 16);
        if (first == 16 && second == 16) say_bytes(path, bytes, 32);
        close(device);
    }
}
int main(void) {
    look("/dev/urandom");
    look("/dev/random");
    FILE *stream = fopen("/dev/urandom", "r");
    unsigned char bytes[32];
    if (stream && fread(bytes, 1, 32, stream) == 32) say_bytes("by stdio", bytes, 32);
    int writable = open("/dev/urandom", O_RDWR);
    say_result("opened for writing", writable < 0 ? -1 : 0);
    if (writable >= 0) say_result("written", write(writable, bytes, 32));
}
