# Compiles the C probes with musl, statically, and runs them.
. ./probe.sh
mkdir programs

for source in sources/*.c; do
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
