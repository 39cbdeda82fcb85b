# cp -u copies only what is newer.
echo one >from
sleep 0.05
echo old >to
cp -u from to
cat to
sleep 0.05
echo two >from
cp -u from to
cat to
[ "$(cat to)" = two ] || echo "bad: cp -u"
echo ok
