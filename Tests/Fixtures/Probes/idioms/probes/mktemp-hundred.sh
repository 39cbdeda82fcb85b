# mktemp -d makes a hundred folders with a hundred names.
for i in $(seq 100); do mktemp -d "$PWD/t.XXXX" || echo "bad: failed"; done >names
[ "$(sort -u names | wc -l)" -eq 100 ] || echo "bad: $(sort -u names | wc -l)"
seq 20 | xargs -P 4 -I{} mktemp -p . >more
[ "$(sort -u more | wc -l)" -eq 20 ] || echo "bad: $(sort -u more | wc -l) of 20"
echo ok
