# touch -a -d sets the access time and leaves the modification time; cp -p keeps both.
echo >f
touch -m -d "2019-03-04 05:06:07 UTC" f
touch -a -d "2020-01-02 03:04:05 UTC" f
for time in '%x %y' '%X %Y'; do TZ=UTC stat -c "$time" f; done
[ "$(TZ=UTC stat -c '%x %y' f)" = '2020-01-02 03:04:05.000000000 +0000 2019-03-04 05:06:07.000000000 +0000' ] || echo "bad: $(stat f)"
# Reading it may move the access time, so that cp is compared with what was there before.
cp -p f g
[ "$(stat -c '%X %Y' g)" = '1577934245 1551675967' ] || echo "bad: cp -p gave $(stat -c '%X %Y' g)"
tar -cf - g | (mkdir out && tar -xf - -C out)
stat -c %Y out/g
echo ok
