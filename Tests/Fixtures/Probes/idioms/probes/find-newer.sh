# find -newer STAMP finds what was changed after the stamp was touched.
echo >old
sleep 0.05
touch stamp
sleep 0.05
echo >new
find . -type f -newer stamp
[ "$(find . -type f -newer stamp)" = ./new ] || echo "bad: $(ls -l)"
echo ok
