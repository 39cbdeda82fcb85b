# Jobs side by side, by xargs -P4 and by the shell: their files, times, random numbers and folders, in the order of their names. After the
# others: fractions of a second and process numbers depend on which job was first.
seq 40 | xargs -P 4 -n 1 sh -c 'mkdir "d$0"; date "+%F %T" >"d$0/date"; od -An -N4 -tu4 /dev/urandom >"d$0/random"; echo "$0" | gzip >"d$0/f.gz"'
for i in $(seq 40); do stat -c '%n %a %h %s' d$i d$i/*; cat d$i/date d$i/random; done | sha256sum
cat d*/random | sort -u | wc -l
for i in $(seq 12); do (sleep 0.2; cat /proc/sys/kernel/random/uuid >u$i; date +%s >t$i) & done; wait; sort -u u* | wc -l; cat u? u??; sort -u t*
date +%s
for i in $(seq 8); do seq 5000 | sort -R | sha256sum >r$i & done; wait; sort -u r? | wc -l
tar --sort=name -cf all.tar d* && tar -tf all.tar | wc -l; tar -xf all.tar --to-command='cat >/dev/null'; find d* | xargs -P 4 -n 10 ls -d | sort | sha256sum
until mkdir x.$(od -An -N1 -tu1 /dev/urandom | tr -d ' ') 2>/dev/null; do :; done; ls -d x.* | wc -l
