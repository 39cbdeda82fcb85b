# Open: the kernel's numbers of pipes and namespaces, and the mounts' options.
echo x | readlink /proc/self/fd/0
readlink /proc/self/ns/*; cat /proc/mounts
