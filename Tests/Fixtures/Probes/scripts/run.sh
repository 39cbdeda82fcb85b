# Runs every program in probes/ by what its name ends with.
. ./probe.sh
for script in probes/*; do
    file=${script#probes/}
    name=${file%.*}
    case $file in
    *.sh) by=sh ;;
    *.pl) by=perl ;;
    *.js) by=node ;;
    esac
    case $name in
    open-*) open_probe "${name#open-}" "$by" "$PWD/$script" ;;
    *) probe "$name" "$by" "$PWD/$script" ;;
    esac
done
