# A header that nobody could make twice: random numbers, a temporary name, and the time.
echo "#define NUMBER 0x$(od -An -tx4 -N4 /dev/urandom | tr -d ' ')u"
echo "#define NAME \"$(mktemp -u)\""
echo "#define UUID \"$(cat /proc/sys/kernel/random/uuid)\""
echo "#define STARTED \"$(date)\""
echo "#define CHANCE $(bash -c 'echo $RANDOM')"
