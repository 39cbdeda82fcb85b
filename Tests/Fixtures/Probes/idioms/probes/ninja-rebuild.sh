# ninja builds what was edited, and then has no work to do.
printf 'rule copy\n  command = cp $in $out\nbuild out: copy in\n' >build.ninja
echo one >in
ninja >/dev/null
sleep 0.05
echo two >in
ninja >/dev/null
cat out
cmp in out || echo "bad: not built"
ninja
echo ok
