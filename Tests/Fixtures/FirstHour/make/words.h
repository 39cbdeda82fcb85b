extern const char *const words;
