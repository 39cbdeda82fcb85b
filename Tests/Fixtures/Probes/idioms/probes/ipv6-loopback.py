# ::1 can be bound and connected to, and `localhost` resolves.
import socket, threading
server = socket.create_server(("::1", 0), family=socket.AF_INET6)
def serve():
    peer, address = server.accept()
    peer.sendall(address[0].encode())
    peer.close()
threading.Thread(target=serve).start()
with socket.create_connection(server.getsockname()[:2], timeout=10) as client: print(client.recv(100).decode())
if ("127.0.0.1", 80) not in [info[4] for info in socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)]: print("bad: localhost")
print("ok")
