# An ordinary user cannot give files away, and can name the owner that they have.
echo >f
chown 0:0 f 2>error && echo "bad: chown to root"
grep -q 'Operation not permitted' error || echo "bad: $(cat error)"
chgrp 12345 f 2>/dev/null && echo "bad: chgrp"
chown "$(id -u):$(id -g)" f || echo "bad: chown to oneself"
[ "$(stat -c %u:%g f)" = "$(id -u):$(id -g)" ] || echo "bad: $(stat -c %u:%g f)"
echo ok
