// Names of temporary files, where the C library takes random numbers for them, and rand.
#include "probe.h"
int main(void) {
    char name[] = "fileXXXXXX";
    printf("%s\n", mktemp(name));
    srand(time(NULL) ^ getpid());
    printf("rand of time and process %d\n", rand());
}
