# Equal children of one subshell, one after the other and side by side, read different random bytes.
(for i in $(seq 20); do od -An -N8 -tx8 /dev/urandom; done) >one
(for i in $(seq 20); do od -An -N8 -tx8 </dev/urandom & done; wait) >two
(for i in $(seq 20); do (head -c 8 /dev/urandom | od -An -tx8); done) >three
for i in $(seq 20); do echo "$(od -An -N8 -tx8 </dev/urandom)"; done >four
cat one three four
[ "$(cat one two three four | sort -u | wc -l)" -eq 80 ] || echo "bad: $(cat one two three four | sort -u | wc -l) of 80"
echo ok
