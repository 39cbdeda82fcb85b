# busybox's `-nt`, which compares seconds, sees a file that is made a second later.
busybox touch a
busybox sleep 1.1
busybox touch b
busybox test b -nt a || echo "bad: b is not newer than a"
busybox test a -nt b && echo "bad: a is newer than b"
echo ok
