const char *words(void) { return "hi from meson"; }
