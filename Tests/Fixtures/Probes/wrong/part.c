// Embeds the time of its compilation.
#define JOIN(a, b) a##b
#define NAMED(number) JOIN(part, number)
const char *NAMED(PART)(void) { return __DATE__ " " __TIME__ " " __TIMESTAMP__ " " STAMP " " NAME " " UUID " " STARTED; }
