// Goes for one limit, and never gives up by itself. The test ends it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Every process starts others as long as there is room, and then tries on.
static void fork_bomb(void) {
    for (;;)
        if (fork() < 0) usleep(10000);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    if (strcmp(arguments[1], "fork") == 0) fork_bomb();
    return 2;
}
