// What file systems can do beyond the ordinary.
#include "probe.h"
#include <sys/ioctl.h>
#include <sys/xattr.h>
int main(void) {
    char value[64];
    struct stat status;
    write_file("file", "text\n");
    say_result("setxattr", setxattr("file", "user.probe", "v", 1, 0));
    say_result("getxattr", getxattr("file", "user.probe", value, sizeof value));
    say_result("listxattr", listxattr("file", value, sizeof value));
    say_result("listxattr of the image", listxattr("/usr/bin/env", value, sizeof value));
    say_result("overlay's own", getxattr("/build", "user.overlay.opaque", value, sizeof value));
    say_result("acl", getxattr("file", "system.posix_acl_access", value, sizeof value));
    say_result("selinux", getxattr("file", "security.selinux", value, sizeof value));
    say_result("capability", getxattr("/usr/bin/env", "security.capability", value, sizeof value));
    int source = open("file", O_RDONLY), copy = open("copy", O_RDWR | O_CREAT, 0644), flags = 0;
    say_result("FICLONE", ioctl(copy, 0x40049409, source));
    say_result("copy_file_range", syscall(326, source, NULL, copy, NULL, 5, 0));
    say_result("FS_IOC_GETFLAGS", ioctl(copy, 0x80086601, &flags));
    printf("flags %x\n", flags);
    int sparse = open("sparse", O_RDWR | O_CREAT, 0644);
    if (ftruncate(sparse, 1 << 20) || pwrite(sparse, "x", 1, 1 << 19) != 1) return 1;
    say_result("data", lseek(sparse, 0, 3));
    say_result("hole", lseek(sparse, 0, 4));
    say_result("hole behind", lseek(sparse, 1 << 19, 4));
    say_result("beyond", lseek(sparse, 1 << 21, 3));
    fstat(sparse, &status);
    printf("blocks %ld\n", (long)status.st_blocks);
    say_result("punch", fallocate(sparse, 3, 1 << 19, 4096));
    say_result("allocate", fallocate(sparse, 0, 0, 1 << 20));
    fstat(sparse, &status);
    printf("blocks %ld\n", (long)status.st_blocks);
    write_file("Name", "1");
    say_result("other case", access("name", F_OK));
    say_result("unnamed", open(".", O_TMPFILE | O_RDWR, 0600) >= 0 ? 0 : -1);
    say_result("direct", open("file", O_RDONLY | O_DIRECT) >= 0 ? 0 : -1);
    unsigned handle[40] = {128};
    int mount = 0;
    say_result("handle", syscall(303, AT_FDCWD, "file", handle, &mount, 0));
}
