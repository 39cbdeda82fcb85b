# The kernel's uuid and uuidgen give another one at each call, in one process and in many.
for i in 1 2 3 4 5; do cat /proc/sys/kernel/random/uuid; done >all
cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/uuid >>all
for i in 1 2 3 4 5; do uuidgen -r; done >>all
read -r a </proc/sys/kernel/random/uuid
read -r b </proc/sys/kernel/random/uuid
printf '%s\n' "$a" "$b" >>all
# uuidgen stirs its process number in.
sed '8,12d' all
[ "$(sort -u all | wc -l)" -eq 14 ] || echo "bad: $(sort -u all | wc -l) of 14"
echo ok
