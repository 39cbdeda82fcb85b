# What -march=native and configure's questions find out of the machine.
gcc -march=native -Q --help=target 2>/dev/null | grep -E '^ *-m(arch|tune)=' ; gcc -dumpmachine; uname -p; nproc
