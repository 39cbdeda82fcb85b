# `read -t 1` from a pipe that nobody writes to ends with a status above 128, a second later.
mkfifo pipe
exec 3<>pipe
start=$EPOCHSECONDS
read -r -t 1 line <&3 && echo "bad: read '$line'"
(($? > 0 && EPOCHSECONDS > start)) || echo "bad: $((EPOCHSECONDS - start)) seconds"
start=$(date +%s)
read -r -t 1 line <&3
status=$?
((status > 128)) || echo "bad: status $status"
(($(date +%s) > start)) || echo "bad: date did not move"
echo ok
