# Runs every script in probes/ by the shell that its name ends with.
. ./probe.sh
for script in probes/*; do
    file=${script#probes/}
    name=${file%.*}
    case $name in
    open-*) open_probe "${name#open-}" "${file##*.}" "$PWD/$script" ;;
    *) probe "$name" "${file##*.}" "$PWD/$script" ;;
    esac
done
