# Names in Latin-1, with line feeds and of 255 bytes are kept byte for byte.
for name in "$(printf 'caf\351')" "$(printf 'a\nb')" "$(head -c 255 /dev/zero | tr '\0' n)"; do
    echo >"$name"
    [ -e "$name" ] || echo "bad: $name"
done
touch "$(head -c 256 /dev/zero | tr '\0' n)" 2>/dev/null && echo "bad: 256 bytes"
tar -cf a.tar --exclude=a.tar .
mkdir out
tar -xf a.tar -C out
LC_ALL=C ls out | od -An -c | head -n 3
echo ok
