#include <config.h>
#include <stdio.h>

int main(void)
{
    puts("hi from autotools");
    return 0;
}
