# TMOUT ends `read` and `select` that nobody answers.
mkfifo pipe
exec 3<>pipe
TMOUT=1
begin=$EPOCHSECONDS
read -r line <&3 && echo "bad: read"
((EPOCHSECONDS - begin >= 1)) || echo "bad: too early"
select choice in a b; do echo "bad: $choice"; done <&3 >/dev/null 2>&1
((EPOCHSECONDS - begin >= 2)) || echo "bad: select was too early"
echo ok
