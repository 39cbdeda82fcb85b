# `date +%s` minus `stat -c %Y` of a new file is 0 or 1, and after a sleep more.
echo >f
age=$(($(date +%s) - $(stat -c %Y f)))
[ "$age" -ge 0 ] && [ "$age" -le 3 ] || echo "bad: age $age"
sleep 2
age=$(($(date +%s) - $(date -r f +%s)))
[ "$age" -ge 2 ] && [ "$age" -le 9 ] || echo "bad: age $age after two seconds"
echo ok
