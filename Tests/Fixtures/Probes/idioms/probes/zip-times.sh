# zip -u takes an edit that is two seconds younger, and unzip -t and -u accept what it wrote.
echo one >f
zip -q a.zip f
sleep 2.2
echo two >f
zip -q -u a.zip f
unzip -p a.zip f
[ "$(unzip -p a.zip f)" = two ] || echo "bad: zip -u saw no edit"
unzip -tq a.zip
mkdir out
unzip -q a.zip -d out
[ "$(stat -c %Y out/f)" -le "$(date +%s)" ] || echo "bad: from the future"
echo ok
