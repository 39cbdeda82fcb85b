#include <stdio.h>

const char *words(void);

int main(void)
{
    puts(words());
    return 0;
}
