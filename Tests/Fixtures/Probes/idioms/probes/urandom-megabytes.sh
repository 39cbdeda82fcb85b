# /dev/urandom gives twenty megabytes, and they do not compress.
[ "$(head -c 20M /dev/urandom | wc -c)" -eq 20971520 ] || echo "bad: too few"
dd if=/dev/urandom of=f bs=1M count=4 iflag=fullblock 2>/dev/null
[ "$(stat -c %s f)" -eq 4194304 ] || echo "bad: dd gave $(stat -c %s f)"
[ "$(gzip -1 <f | wc -c)" -gt 4190000 ] || echo "bad: they compress to $(gzip -1 <f | wc -c)"
sha256sum <f
echo ok
