# Runs every script in probes/ by the shell that its name ends with.
. ./probe.sh
# Open ones last: what they do is not the same each time, and files' times count all changes.
for script in $(ls -d probes/* | grep -v /open-) probes/open-*; do
    file=${script#probes/}
    name=${file%.*}
    case $name in
    open-*) open_probe "${name#open-}" "${file##*.}" "$PWD/$script" ;;
    *) probe "$name" "${file##*.}" "$PWD/$script" ;;
    esac
done
