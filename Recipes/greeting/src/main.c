#include "greeting.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char greeting[256];

    if (argc > 2) {
        fprintf(stderr, "usage: %s [NAME]\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (greeting_write(greeting, sizeof greeting, argc == 2 ? argv[1] : "world") != 0) {
        fprintf(stderr, "%s: the name is too long\n", argv[0]);
        return EXIT_FAILURE;
    }
    return puts(greeting) == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}
