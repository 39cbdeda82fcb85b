# make -W takes a file for new, -t touches targets, -o takes one for old, -n runs nothing.
printf 'all: a b\na: x\n\tcp x a\nb: a\n\tcp a b\n' >Makefile
echo x >x
make -s
[ "$(make -n -W x | wc -l)" -eq 2 ] || echo "bad: -W"
touch x
[ "$(make -n -o a | grep -c cp)" -eq 0 ] || echo "bad: -o"
make -t >/dev/null
make -q || echo "bad: -t"
[ "$(make -n -B | wc -l)" -eq 2 ] || echo "bad: -B"
echo ok
