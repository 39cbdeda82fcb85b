# Runs every program in probes/.
. ./probe.sh
for script in probes/*.py; do
    name=${script#probes/}
    name=${name%.py}
    case $name in
    open-*) open_probe "${name#open-}" python3 "$PWD/$script" ;;
    *) probe "$name" python3 "$PWD/$script" ;;
    esac
done
