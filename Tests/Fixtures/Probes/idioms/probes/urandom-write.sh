# /dev/urandom and /dev/random may be written to.
echo seed >/dev/urandom || echo "bad: urandom"
echo seed >/dev/random || echo "bad: random"
[ -c /dev/urandom ] || echo "bad: no device"
head -c 4 /dev/random | wc -c
echo ok
