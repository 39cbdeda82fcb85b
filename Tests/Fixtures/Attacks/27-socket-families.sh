# Socket families and protocols
# Each family is a part of the kernel of its own, often an old one, and vsock reaches the hypervisor. Programs need UNIX,
# INET and routes only.
attempt plain EAFNOSUPPORT vsock=ok alg=ok
attempt root EAFNOSUPPORT packet=ok
# Each protocol is loaded for whoever asks, too.
attempt plain EPROTONOSUPPORT udp-lite=ok mptcp=ok sctp=ok
inside $'unix ok\ninet ok\nroute ok' 'calls unix inet route'
