# http.server on 127.0.0.1 serves a client of the same build.
import http.server, threading, urllib.request
open("index.html", "w").write("hello")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
server.RequestHandlerClass.log_message = lambda *rest: None
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=10).read().decode())
server.shutdown()
print("ok")
