# Two reads of /dev/urandom give different bytes.
first=$(head -c 16 /dev/urandom | od -An -tx1)
second=$(head -c 16 /dev/urandom | od -An -tx1)
echo "$first, $second"
[ "$first" != "$second" ] || echo "bad: the same twice"
for i in $(seq 30); do od -An -N8 -tx8 /dev/urandom; done >numbers
[ "$(sort -u numbers | wc -l)" -eq 30 ] || echo "bad: $(sort -u numbers | wc -l) of 30"
echo ok
