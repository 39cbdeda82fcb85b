# -nt and -ot of dash, bash and busybox agree about older, newer and equal files.
touch -d '2001-01-01' a
touch -d '2001-01-02' b
cp -p b c
for shell in dash bash 'busybox sh'; do
    $shell -c '
        [ b -nt a ] && [ a -ot b ] || echo "bad: older and newer"
        [ b -nt c ] && echo "bad: equal and newer"
        [ b -ot c ] && echo "bad: equal and older"
        [ none -nt a ] && echo "bad: missing and newer"
    '
done
echo ok
