#include "words.h"

const char *const words = "hi from make";
