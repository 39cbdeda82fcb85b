// What files, directories and their names do in the directory that it runs in. Prints a line for each thing that is not as on
// every machine, and at the end how many things it looked at.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int looked;

static void expect(int holds, const char *what) {
    int number = errno;
    looked++;
    if (!holds) printf("wrong: %s (errno %d)\n", what, number);
}

static unsigned long long number(const char *path) {
    struct stat status;
    return lstat(path, &status) ? 0 : status.st_ino;
}

static int fails(int result, int expected) { return result == -1 && errno == expected; }

static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0) perror(path);
    close(file);
}

static int holds(const char *path, const char *text) {
    char found[100] = "";
    int file = open(path, O_RDONLY);
    long count = read(file, found, sizeof found - 1);
    close(file);
    return count == (long)strlen(text) && !strcmp(found, text);
}

static unsigned long long listed(const char *folder, const char *name) {
    DIR *directory = opendir(folder);
    unsigned long long found = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (!strcmp(entry->d_name, name)) found = entry->d_ino;
    if (directory) closedir(directory);
    return found;
}

// `came` came in, with `came/deep/file`, `came/deep/other` and the link `came/link`.
static void renames(int came) {
    unsigned long long old = number("came"), deep = number("came/deep"), file = number("came/deep/file");
    int held = open("came/deep", O_RDONLY | O_DIRECTORY), here = open(".", O_RDONLY | O_DIRECTORY), read = open("came/deep/file", O_RDONLY);
    int standing = !chdir("came/deep");
    expect(!renameat(here, "came", here, "went"), "a directory that came in is renamed");
    expect(standing && number("file") == file && number(".") == deep, "whoever stands in it still does");
    char path[200] = "", *found = getcwd(path, sizeof path);
    expect(found && strlen(path) > 10 && !strcmp(path + strlen(path) - 10, "/went/deep"), "it knows where it is");
    expect(!fchdir(here), "back");
    expect(number("went") == old && number("went/deep") == deep && number("went/deep/file") == file, "all keep their numbers");
    expect(listed(".", "went") == old && listed("went", "deep") == deep && listed("went/deep", "file") == file, "and in listings");
    expect(listed("went/deep", ".") == deep && listed("went/deep", "..") == old, "and by their dots");
    struct stat status;
    expect(!fstatat(held, "file", &status, 0) && status.st_ino == file, "a descriptor of it leads to its files");
    expect(number("came") == 0 && errno == ENOENT, "the old name is gone");
    expect(holds("went/deep/file", "file"), "its files are what they were");
    int made = openat(held, "made", O_WRONLY | O_CREAT, 0644);
    expect(made >= 0 && number("went/deep/made"), "files are made by it");
    put("went/deep/file", "changed");
    char content[20] = "";
    expect(pread(read, content, 7, 0) == 7 && !memcmp(content, "changed", 7), "who reads it sees the change");
    expect(!rename("went/deep/file", "went/deep/file2") && number("went/deep/file2") == file, "a changed file keeps its number");
    expect(!mkdir("came", 0755) && number("came") != old, "what comes to the old name has another number");
    expect(!rename("went", "came"), "onto an empty directory");
    expect(number("came") == old && number("went") == 0, "which is gone then");
    put("came/deep/inner", "");
    expect(!mkdir("full", 0755), "another directory");
    put("full/file", "");
    expect(fails(rename("came", "full"), ENOTEMPTY) || errno == EEXIST, "not onto one with something in it");
    expect(fails(rename("came", "came/deep/below"), EINVAL), "not into itself");
    expect(fails(rename("came", "/tmp/elsewhere"), EXDEV), "not to another mount");
    expect(fails(syscall(SYS_renameat2, AT_FDCWD, "came", AT_FDCWD, "full", 1), EEXIST), "RENAME_NOREPLACE");
    unsigned long long full = number("full");
    expect(!syscall(SYS_renameat2, AT_FDCWD, "came", AT_FDCWD, "full", 2), "RENAME_EXCHANGE");
    expect(number("full") == old && number("came") == full, "numbers are exchanged too");
    expect(!syscall(SYS_renameat2, AT_FDCWD, "came", AT_FDCWD, "full", 2), "and back");
    put("plain", "");
    expect(fails(rename("came", "plain"), ENOTDIR) && fails(rename("plain", "came"), EISDIR), "kinds do not replace each other");
    expect(!rename("came/deep", "came/deeper") && number("came/deeper") == deep, "a nested one is renamed");
    expect(!mkdir("new", 0755) && !rename("came/deeper", "new/deep"), "into a new one");
    expect(number("new/deep") == deep && holds("new/deep/other", "other"), "with all that is in it");
    expect(!link("new/deep/other", "linked") && number("linked") == number("new/deep/other"), "links lead to one file");
    expect(!stat("linked", &status) && status.st_nlink == 2, "which counts them");
    expect(!chmod("new/deep", 0555) && !rename("new", "newer"), "what holds one that is closed is renamed");
    expect(!chmod("newer/deep", 0755), "and opened again");
}

static void links(void) {
    struct stat status;
    expect(!mkdir("counted", 0755) && !stat("counted", &status) && status.st_nlink == 2, "an empty directory has two links");
    mkdir("counted/one", 0755), mkdir("counted/two", 0755), put("counted/file", "");
    expect(!stat("counted", &status) && status.st_nlink == 4, "and one for each directory in it");
}

static void holes(void) {
    struct stat status;
    int file = open("sparse", O_RDWR | O_CREAT, 0644);
    expect(!ftruncate(file, 1 << 30) && !fstat(file, &status) && status.st_blocks == 0, "a hole takes no room");
    expect(lseek(file, 0, SEEK_DATA) == -1 && errno == ENXIO && lseek(file, 0, SEEK_HOLE) == 0, "and has no data");
    pwrite(file, "x", 1, 1 << 20);
    expect(!fstat(file, &status) && status.st_blocks == 8, "data takes a page");
    expect(lseek(file, 0, SEEK_DATA) == 1 << 20 && lseek(file, 1 << 20, SEEK_HOLE) == (1 << 20) + 4096, "which is found");
    expect(!fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 20, 4096), "and made a hole again");
    expect(!stat("sparse", &status) && status.st_blocks == 0 && status.st_size == 1 << 30, "that takes no room");
    put("dense", "some text");
    expect(!stat("dense", &status) && status.st_blocks == 8, "a small file takes a page");
    expect(!stat("came", &status) && status.st_blocks == 8 && status.st_size == 4096, "so does a directory");
}

static void owners(void) {
    put("mine", "");
    expect(!chown("mine", getuid(), getgid()) && !chown("mine", -1, -1), "to oneself");
    expect(fails(chown("mine", 0, 0), EPERM) && fails(chown("mine", 12345, -1), EPERM), "not to others");
    expect(fails(chown("mine", -1, 54321), EPERM) && fails(lchown("mine", 1, 1), EPERM), "nor to another group");
    int file = open("mine", O_RDWR);
    expect(fails(fchown(file, 0, 0), EPERM) && fails(fchownat(AT_FDCWD, "mine", 0, 0, 0), EPERM), "in no way");
    expect(fails(chown("nothing", 0, 0), ENOENT) && fails(chown("mine/x", 0, 0), ENOTDIR), "what is not there is not there");
    expect(fails(chown("/bin/sh", 0, 0), EROFS) && fails(fchown(999, 0, 0), EBADF), "what is read-only is that");
}

int main(int count, char **arguments) {
    renames(1);
    links();
    holes();
    if (count < 2 || strcmp(arguments[1], "root")) owners();
    printf("%d things\n", looked);
    return 0;
}
