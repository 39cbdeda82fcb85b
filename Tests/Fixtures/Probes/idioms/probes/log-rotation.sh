# Logs that are renamed to the second are kept apart, and find -mtime removes those older than a week.
for i in 1 2 3; do
    echo $i >log
    sleep 1.05
    mv -n log "log.$(date +%Y%m%d-%H%M%S)"
    [ ! -e log ] || echo "bad: the name was taken"
done
[ "$(cat log.* | tr -d '\n')" = 123 ] || echo "bad: $(cat log.*)"
touch -d '8 days ago' log.old
touch -d '6 days ago' log.young
find . -name 'log.*' -mtime +7 -delete
[ ! -e log.old ] && [ -e log.young ] || echo "bad: $(ls)"
ls | wc -l
echo ok
