# make warns of a file that an hour from now was set as the time of.
printf 'out: in\n\tcp in out\n' >Makefile
: >in
touch -d '1 hour' in
make 2>&1 | grep -c 'in the future' >count
[ "$(cat count)" -ge 1 ] || echo "bad: no warning"
make 2>&1 | grep -q 'Clock skew detected' || echo "bad: no clock skew"
echo ok
