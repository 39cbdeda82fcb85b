# SQLite's strftime('%s', 'now') moves by what was slept, and lies beside `date`.
first=$(sqlite3 :memory: "SELECT strftime('%s', 'now')")
sleep 1.1
second=$(sqlite3 :memory: "SELECT strftime('%s', 'now')")
[ "$second" -gt "$first" ] || echo "bad: $first, then $second"
[ $(($(date +%s) - second)) -le 2 ] || echo "bad: date is $(date +%s), sqlite $second"
echo ok
