# ls -t lists the newest first, and `[ b -nt a ]` agrees.
for name in c a d b; do echo >$name; sleep 0.03; done
echo "$(ls -t | tr '\n' ' ')"
[ "$(ls -t | tr -d '\n')" = bdac ] || echo "bad: $(ls -t)"
[ b -nt d ] && [ a -ot d ] || echo "bad: -nt"
echo ok
