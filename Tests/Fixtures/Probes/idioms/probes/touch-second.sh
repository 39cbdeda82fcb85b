# `touch` until a file has a later second than another comes to its end.
touch a b
until [ "$(stat -c %Y b)" -gt "$(stat -c %Y a)" ]; do sleep 0.2; touch b; done
[ b -nt a ] || echo "bad: b is not newer"
echo ok
