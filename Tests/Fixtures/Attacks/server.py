"""An HTTP server on the loopback device: `server.py FOLDER` prints its port and serves the folder's files, and besides

    /endless/NAME   a file without an end
    /other/NAME     other bytes than NAME has, as many of them
    /slow/NAME      one byte a second
    /drip/NAME      100 KB a second without an end
    /lies/NAME      the file, cut off in its middle, though its length is announced in full
    /moved/NAME     a redirection to a file of the host
"""
import functools
import http.server
import os
import sys
import time


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def begin(self, length=None):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def content(self, name):
        with open(os.path.join(self.directory, name), "rb") as file:
            return file.read()

    def do_GET(self):
        kind, _, name = self.path.lstrip("/").partition("/")
        try:
            if kind == "endless":
                self.begin()
                while True:
                    self.wfile.write(b"x" * 65536)
            elif kind == "slow":
                self.begin()
                while True:
                    self.wfile.write(b"x")
                    time.sleep(1)
            elif kind == "drip":
                self.begin()
                while True:
                    self.wfile.write(b"x" * 10000)
                    time.sleep(0.1)
            elif kind == "other":
                content = self.content(name)
                self.begin(len(content))
                self.wfile.write(bytes(byte ^ 1 for byte in content))
            elif kind == "lies":
                content = self.content(name)
                self.begin(len(content))
                self.wfile.write(content[: len(content) // 2])
            elif kind == "moved":
                self.send_response(302)
                self.send_header("Location", "file:///etc/passwd")
                self.end_headers()
            else:
                super().do_GET()
        except (BrokenPipeError, ConnectionResetError):
            pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
print(server.server_port, flush=True)
server.serve_forever()
