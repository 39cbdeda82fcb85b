# shuf and sort -R give another order at each call, and all lines.
seq 1000 >lines
shuf lines >one
shuf lines >two
sort -R lines >three
sort -R lines >four
cmp -s one two && echo "bad: shuf"
cmp -s three four && echo "bad: sort -R"
for file in one two three four; do sort -n $file | cmp - lines || echo "bad: $file"; done
sha256sum one two three four
echo ok
