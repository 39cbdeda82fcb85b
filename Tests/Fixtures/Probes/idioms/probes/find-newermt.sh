# find -newermt "$T" finds what was changed after T was taken from `date`, and not what was before.
echo >old
sleep 1.1
T=$(date '+%F %T')
N=$(date '+%F %T.%N')
sleep 0.1
echo >new
[ "$(find . -type f -newermt "$T")" = ./new ] || echo "bad: $(find . -type f -newermt "$T")"
[ "$(find . -type f -newermt "$N")" = ./new ] || echo "bad: with nanoseconds: $(find . -type f -newermt "$N")"
[ "$(find . -type f ! -newermt "$N")" = ./old ] || echo "bad: before: $(find . -type f ! -newermt "$N")"
echo ok
