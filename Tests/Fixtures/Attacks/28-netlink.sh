# Netlink protocols
# Through netlink a process hears of devices (uevent), of all sockets (sock_diag), and reaches audit and packet filters. The
# kernel looks at the lower half of the argument only, so a filter must not look at more.
attempt plain EAFNOSUPPORT uevent=ok uevent-high=ok sock_diag=ok audit=ok netfilter=ok generic=ok crypto=ok
