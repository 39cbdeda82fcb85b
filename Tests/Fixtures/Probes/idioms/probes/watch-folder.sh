# A loop that looks at a folder's time until it has moved sees a file that another process makes there.
mkdir d
before=$(stat -c %y d)
(sleep 0.5; echo >d/new) &
looks=0
while [ "$(stat -c %y d)" = "$before" ]; do
    looks=$((looks + 1))
    [ "$looks" -lt 100 ] || { echo "bad: not seen"; break; }
    sleep 0.1
done
ls d
wait
echo ok
