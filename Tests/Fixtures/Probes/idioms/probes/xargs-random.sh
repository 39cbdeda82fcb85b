# Fifty equal programs under xargs -P 4 read fifty different numbers.
seq 50 | xargs -P 4 -I{} od -An -N8 -tx8 /dev/urandom >one
seq 50 | xargs -P 4 -I{} sh -c 'head -c 8 </dev/urandom | od -An -tx8' >two
seq 50 | xargs -P 4 -n 1 python3 -S -c 'import os, sys; sys.stdout.write(os.urandom(8).hex() + "\n")' >three
for file in one two three; do [ "$(sort -u $file | wc -l)" -eq 50 ] || echo "bad: $(sort -u $file | wc -l) of 50 in $file"; done
sort one | sha256sum
sort two | sha256sum
sort three | sha256sum
echo ok
