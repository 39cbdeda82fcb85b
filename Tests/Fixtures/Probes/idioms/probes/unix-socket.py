# A socket in the file system is bound and connected to.
import os, socket, stat, threading
server = socket.socket(socket.AF_UNIX)
server.bind("socket")
server.listen()
def serve():
    peer, _ = server.accept()
    peer.sendall(peer.recv(100).upper())
    peer.close()
threading.Thread(target=serve).start()
client = socket.socket(socket.AF_UNIX)
client.connect("socket")
client.sendall(b"hello")
print(client.recv(100).decode())
if not stat.S_ISSOCK(os.stat("socket").st_mode): print("bad: no socket")
print("ok")
