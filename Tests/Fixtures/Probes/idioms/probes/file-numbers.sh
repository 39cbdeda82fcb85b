# Numbers of 5000 files are all different and have 32 bits.
mkdir d
seq -f 'd/file-%g' 5000 | xargs touch
find d -printf '%i\n' | sort -n >numbers
[ "$(uniq -d <numbers | wc -l)" -eq 0 ] || echo "bad: $(uniq -d <numbers | wc -l) numbers twice"
[ "$(tail -n 1 numbers)" -lt 4294967296 ] || echo "bad: $(tail -n 1 numbers)"
wc -l <numbers
echo ok
