// mkstemp, mkdtemp and tmpfile find a hundred names that are all free.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 100; i++) {
        char file[] = "fXXXXXX", folder[] = "dXXXXXX";
        if (mkstemp(file) < 0 || !mkdtemp(folder) || !strcmp(file + 1, folder + 1)) { printf("bad: %d\n", i); break; }
        FILE *nameless = tmpfile();
        if (!nameless) puts("bad: tmpfile");
        else fclose(nameless);
    }
    system("ls | wc -l");
    puts("ok");
}
