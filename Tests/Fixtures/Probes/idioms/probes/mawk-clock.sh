# mawk's systime moves by what was slept, and its rand is seeded anew in every second.
mawk 'BEGIN { a = systime(); system("sleep 1.1"); if (systime() <= a) print "bad: " a }'
first=$(mawk 'BEGIN { print rand() }')
sleep 1.1
[ "$first" != "$(mawk 'BEGIN { print rand() }')" ] || echo "bad: $first twice"
echo ok
