// A folder of the sources that is renamed while it is open and current stays usable, by its new name.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    char name[4096] = "", text[16] = "";
    struct stat before, after;
    if (chdir("/build/tree/open")) return 1;
    int folder = open(".", O_RDONLY | O_DIRECTORY), file = open("sub/file", O_RDONLY);
    fstat(folder, &before);
    if (rename("/build/tree/open", "/build/tree/opened")) perror("bad: rename");
    fstat(folder, &after);
    if (before.st_ino != after.st_ino) puts("bad: another number");
    if (read(file, text, sizeof text) < 4) puts("bad: the open file");
    if (openat(folder, "sub/file", O_RDONLY) < 0) perror("bad: openat");
    if (openat(folder, "new", O_WRONLY | O_CREAT, 0644) < 0) perror("bad: openat of a new file");
    if (access("/build/tree/opened/new", F_OK)) perror("bad: new file");
    if (!getcwd(name, sizeof name) || strcmp(name, "/build/tree/opened")) printf("bad: getcwd says %s\n", name);
    puts("ok");
}
