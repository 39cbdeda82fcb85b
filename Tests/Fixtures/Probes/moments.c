// Prints when files were changed, with all digits, which the applets of busybox leave out: "moments FILE..." each file's
// time, "moments -c A B" which of two is newer, "moments -r FILE..." the names, the newest first.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct timespec modified(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0) {
        perror(path);
        exit(1);
    }
    return found.st_mtim;
}

static int compare(const void *one, const void *other) {
    struct timespec a = modified(*(const char *const *)one), b = modified(*(const char *const *)other);
    if (a.tv_sec != b.tv_sec) return a.tv_sec < b.tv_sec ? 1 : -1;
    return a.tv_nsec < b.tv_nsec ? 1 : a.tv_nsec > b.tv_nsec ? -1 : 0;
}

int main(int count, char **words) {
    if (count > 1 && strcmp(words[1], "-c") == 0) {
        int order = compare(&words[2], &words[3]);
        printf("%s %c %s\n", words[2], order < 0 ? '>' : order > 0 ? '<' : '=', words[3]);
    } else if (count > 1 && strcmp(words[1], "-r") == 0) {
        qsort(words + 2, (size_t)count - 2, sizeof *words, compare);
        for (int i = 2; i < count; i++) puts(words[i]);
    } else {
        for (int i = 1; i < count; i++) {
            struct timespec time = modified(words[i]);
            printf("%s %lld.%09ld\n", words[i], (long long)time.tv_sec, time.tv_nsec);
        }
    }
    return 0;
}
