# Where links of this process lead.
for file in /proc/self/exe /proc/self/cwd /proc/self/root /proc/$$/exe; do readlink "$file"; done
readlink -f /proc/self/exe; realpath /proc/self/cwd; echo x >file; readlink /proc/self/fd/0 <file
