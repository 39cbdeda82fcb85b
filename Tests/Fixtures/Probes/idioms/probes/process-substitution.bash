# Process substitution, coprocesses and /dev/fd work.
diff <(seq 3) <(seq 3) && echo same
paste <(seq 3) <(seq 4 6) | tr '\t' ' '
tee >(wc -l >count) < <(seq 10) >/dev/null
for i in {1..50}; do [ -s count ] && break; sleep 0.1; done
cat count
echo through | cat /dev/fd/0 /dev/stdin
echo ok
