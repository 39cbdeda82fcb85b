# What the preprocessor says of time and place.
printf 'const char *a = __DATE__, *b = __TIME__, *c = __TIMESTAMP__, *d = __FILE__;\n' >dates.c
gcc -E -P dates.c; sleep 1; gcc -E -P dates.c; touch dates.c; gcc -E -P dates.c
echo '#include "dates.c"' >two.c; gcc -E -P "$PWD/two.c"
