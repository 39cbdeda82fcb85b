# Runs every program in probes/.
. ./probe.sh
# Open ones last: what they do is not the same each time, and files' times count all changes.
for script in $(ls -d probes/*.py | grep -v /open-) probes/open-*.py; do
    name=${script#probes/}
    name=${name%.py}
    case $name in
    open-*) open_probe "${name#open-}" python3 "$PWD/$script" ;;
    *) probe "$name" python3 "$PWD/$script" ;;
    esac
done
