# Optimisation by a profile that was made here.
printf '#include <stdio.h>\nint main(void) { int s = 0; for (int i = 0; i < 100000; i++) if (i %% 3) s += i; printf("%%d\\n", s); }\n' >main.c
gcc -O2 -fprofile-generate main.c -o main; ./main; for f in *.gcda; do sha256sum "$f"; done
gcc -O2 -fprofile-use main.c -o two; sha256sum two
