# tar -g takes an edit of the same size into the next dump, and nothing else.
mkdir d
echo one >d/edited
echo two >d/left
sleep 1.1
tar -g snapshot -cf 0.tar d
sleep 1.1
echo six >d/edited
tar -g snapshot -cf 1.tar d
tar -tf 1.tar
[ "$(tar -tf 1.tar | grep -v '/$')" = d/edited ] || echo "bad: $(tar -tf 1.tar | tr '\n' ' ')"
tar -xOf 1.tar d/edited
echo ok
