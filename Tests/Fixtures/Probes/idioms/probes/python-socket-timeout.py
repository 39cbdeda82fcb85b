# accept, recv and a request to a server that says nothing end after the socket's timeout.
import socket, time, urllib.error, urllib.request
server = socket.create_server(("127.0.0.1", 0))
def expect(what, wait):
    start = time.time()
    try:
        wait()
        print("bad:", what, "came back")
    except (TimeoutError, urllib.error.URLError) as error:
        if "timed out" not in str(error): print("bad:", error)
    if time.time() - start < 0.5: print("bad:", what, "after", time.time() - start)
client = socket.create_connection(server.getsockname())
connection, _ = server.accept()
for one in (server, client): one.settimeout(0.5)
expect("accept", server.accept)
expect("recv", lambda: client.recv(1))
expect("urlopen", lambda: urllib.request.urlopen(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=0.5))
print("ok")
