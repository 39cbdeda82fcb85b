# `yes | head -n 1` ends: SIGPIPE ends who writes to nobody.
yes | head -n 1
sh -c 'yes; echo $? >status' | head -n 1 >/dev/null
cat status
[ "$(cat status)" = 141 ] || echo "bad: $(cat status)"
echo ok
