// Tries to give a file and a directory an extended attribute, in every way that the kernel knows, and prints the answers.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static void tell(const char *what, long answer) {
    if (answer == 0) printf("%s ok\n", what);
    else printf("%s errno %d\n", what, errno);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const char *file = arguments[1], *directory = arguments[2];
    struct { unsigned long long value; unsigned size, flags; } one = {(unsigned long long)"1", 1, 0};
    tell("setxattr", setxattr(file, "user.note", "1", 1, 0));
    tell("lsetxattr", lsetxattr(directory, "user.note", "1", 1, 0));
    tell("fsetxattr", fsetxattr(open(file, O_RDWR), "user.more", "1", 1, 0));
    // setxattrat(2), of Linux 6.13.
    tell("setxattrat", syscall(463, AT_FDCWD, file, 0, "user.last", &one, sizeof one));
    return 0;
}
