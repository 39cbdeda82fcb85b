# Variables, as the shell and as the kernel have them.
set | sort; env; tr '\0' '\n' </proc/self/environ
