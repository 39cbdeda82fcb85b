# Abstract UNIX sockets and ports of the host
# An abstract socket has no file and so no permissions: session buses and debuggers listen on them, and so do services on
# the loopback device. Whoever can connect can often have programs started.
compile connect
name=@belljar-attack-$$
PATH=$bin:$PATH connect listen "$name" >"$row/listening" 2>>"$row/trouble" &
for i in {1..50}; do [ -s "$row/listening" ] && break; sleep 0.05; done
serve "$row/outside"
port=${address##*:}
both() { connect connect "$name"; connect connect "$port"; }
outside $'abstract ok\ninet ok' both
# A loopback device of its own a build has, on which nobody listens but itself.
inside $'abstract ECONNREFUSED\ninet ECONNREFUSED\ninet ENETUNREACH' "connect connect $name; connect connect $port
connect connect 192.0.2.1 80"
