#include <stdio.h>
#include "words.h"

int main(void)
{
    puts(words);
    return 0;
}
