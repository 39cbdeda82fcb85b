# A loop that tries a port until a server listens there, at most twenty times, gets through.
python3 - <<'P' &
import socket, time
time.sleep(0.5)
server = socket.create_server(("127.0.0.1", 0))
open("new", "w").write(str(server.getsockname()[1]))
import os; os.rename("new", "port")
server.settimeout(15)
server.accept()[0].sendall(b"welcome\n")
P
tries=0
until [[ -e port ]] && exec 3<>"/dev/tcp/127.0.0.1/$(<port)"; do
    ((++tries < 100)) || { echo "bad: gave up"; break; }
    sleep 0.1
done
read -r line <&3
echo "$line"
wait
echo ok
