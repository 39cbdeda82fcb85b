# Comparisons of times.
echo 1 >first; echo 2 >second; echo 3 >third
[ second -nt first ] && echo "second is newer: ok" || echo "second is newer: bad"
[ first -ot third ] && echo "first is older: ok" || echo "first is older: bad"
find . -type f -newer first | sort
touch -r first copy; [ copy -nt first ] && echo "touch -r: bad" || echo "touch -r: ok"
[ copy -ot first ] && echo "touch -r: bad" || echo "touch -r: ok"
cp -p second kept; [ kept -nt second ] && echo "cp -p: bad" || echo "cp -p: ok"
cp second fresh; [ fresh -nt third ] && echo "cp: ok" || echo "cp: bad"
touch first; [ first -nt fresh ] && echo "touch: ok" || echo "touch: bad"
touch -d '2001-02-03 04:05:06.789 UTC' old; [ old -ot second ] && echo "old: ok" || echo "old: bad"
stat -c '%n %y %z %x %w' first second third copy kept fresh old
mv second moved; stat -c '%n %y' moved
[ first -nt /usr/bin/env ] && echo "newer than what came in: ok" || echo "newer than what came in: bad"
[ first -nt /build/names/seed ] && echo "newer than a source: ok" || echo "newer than a source: bad"
sleep 0.1; now=$(date +%s%N); made=$(date -r first +%s%N)
[ "$made" -le "$now" ] && echo "not from the future: ok" || echo "not from the future: bad"
