# ip shows lo with 127.0.0.1 and ::1, and it is up.
ip addr show lo >all || echo "bad: ip"
grep -q 'inet 127.0.0.1/8' all || echo "bad: no 127.0.0.1"
grep -q 'inet6 ::1/128' all || echo "bad: no ::1"
head -n 1 all | grep -q '[<,]UP[,>]' || echo "bad: $(head -n 1 all)"
echo ok
