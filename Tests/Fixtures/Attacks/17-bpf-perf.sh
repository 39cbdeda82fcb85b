# bpf and perf
# Programs in the kernel, and counters that see what others do: the first have a verifier that was wrong before, the
# others leak addresses. The control of bpf is that its arguments are looked at.
attempt plain ENOSYS bpf='E*' perf=ok
