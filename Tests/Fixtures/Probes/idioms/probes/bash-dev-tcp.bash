# bash connects by /dev/tcp to a server on 127.0.0.1, and a port without one refuses.
coproc python3 -u -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1]); p, _ = s.accept(); p.sendall(b"hello\n"); p.close(); s.close(); print("closed"); import sys; sys.stdin.read()'
read -r port <&"${COPROC[0]}"
exec 3<>"/dev/tcp/127.0.0.1/$port"
read -r line <&3
echo "$line"
read -r state <&"${COPROC[0]}"
exec 3>&-
(exec 4<>"/dev/tcp/127.0.0.1/$port") 2>error && echo "bad: still connected"
grep -q 'Connection refused' error || echo "bad: $(cat error)"
echo ok
