# A folder's time moves when a file in it is made or removed, not when one is written to.
mkdir d
echo >d/f
first=$(stat -c %y d)
sleep 0.05
echo more >>d/f
[ "$(stat -c %y d)" = "$first" ] || echo "bad: moved by writing"
echo >d/g
second=$(stat -c %y d)
[ "$second" != "$first" ] || echo "bad: not moved by a new file"
sleep 0.05
rm d/g
[ "$(stat -c %y d)" != "$second" ] || echo "bad: not moved by rm"
echo ok
