// `locks hold FOLDER SECONDS`: takes a lease of FOLDER/leased, a lock of FOLDER/file, and watches that; says so, and at the end
// whether it saw anybody. `locks try FOLDER`: opens the one and locks the other, without waiting.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>

static int file_of(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return open(path, O_RDONLY | O_NONBLOCK);
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int leased = file_of(arguments[2], "leased");
    if (strcmp(arguments[1], "try") == 0) {
        say("open", leased);
        say("lock", flock(file_of(arguments[2], "file"), LOCK_EX | LOCK_NB));
        return 0;
    }
    // Whoever asks for the lease back ends the program otherwise.
    signal(SIGIO, SIG_IGN);
    say("lease", fcntl(leased, F_SETLEASE, F_WRLCK));
    int file = file_of(arguments[2], "file"), watch = inotify_init1(IN_NONBLOCK);
    char path[4096], events[4096];
    snprintf(path, sizeof path, "%s/file", arguments[2]);
    if (inotify_add_watch(watch, path, IN_OPEN) < 0) stop("inotify_add_watch");
    say("lock", flock(file, LOCK_EX | LOCK_NB));
    sleep(atoi(arguments[3]));
    printf("%s\n", read(watch, events, sizeof events) > 0 ? "somebody came" : "nobody came");
    return 0;
}
