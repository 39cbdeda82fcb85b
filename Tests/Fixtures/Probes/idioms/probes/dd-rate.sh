# dd tells a rate that is a number, for what takes no time and for what is slow.
dd if=/dev/zero of=f bs=64k count=64 2>log
(sleep 0.3; echo) | dd of=g 2>>log
[ "$(grep -cE 'copied, [0-9.e+-]+ s, [0-9.]+ [kMGT]?B/s' log)" -eq 2 ] || { echo "bad:"; cat log; }
echo ok
