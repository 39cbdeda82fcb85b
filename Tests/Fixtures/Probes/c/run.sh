# Compiles every probe in sources/ as a shared, a static and a static position-independent program, and runs each. What already lies in
# programs/ was compiled elsewhere.
. ./probe.sh
mkdir -p programs

# Open ones last: what they do is not the same each time, and files' times count all changes.
for source in $(ls -d sources/*.c | grep -v /open-) sources/open-*.c; do
    name=${source#sources/}
    name=${name%.c}
    for kind in shared static static-pie; do
        case $kind in
        shared) flags= ;;
        static) flags=-static ;;
        static-pie) flags=-static-pie ;;
        esac
        [ -e "programs/$name.$kind" ] || gcc -O1 -w $flags -pthread -o "programs/$name.$kind" "$source" 2>/dev/null
        chmod 0755 "programs/$name.$kind"
        case $name in
        open-*) open_probe "${name#open-}.$kind" "$PWD/programs/$name.$kind" ;;
        unreadable)
            chmod 0111 "programs/$name.$kind"
            probe "$name.$kind" "$PWD/programs/$name.$kind"
            ;;
        *) probe "$name.$kind" "$PWD/programs/$name.$kind" ;;
        esac
    done
done
