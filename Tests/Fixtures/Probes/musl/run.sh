# Compiles the C probes with musl, statically, and runs them.
. ./probe.sh
mkdir programs

# Open ones last: what they do is not the same each time, and files' times count all changes.
for source in $(ls -d sources/*.c | grep -v /open-) sources/open-*.c; do
    name=${source#sources/}
    name=${name%.c}
    musl-gcc -O1 -w -static -pthread -o "programs/$name" "$source"
    case $name in
    open-*) open_probe "${name#open-}.musl" "$PWD/programs/$name" ;;
    unreadable)
        chmod 0111 "programs/$name"
        probe "$name.musl" "$PWD/programs/$name"
        ;;
    *) probe "$name.musl" "$PWD/programs/$name" ;;
    esac
done
