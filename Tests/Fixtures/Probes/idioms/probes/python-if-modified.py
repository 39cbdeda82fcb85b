# A server says Last-Modified, 304 for what was not changed since then, and sends what was edited a second later.
import functools, http.server, threading, time, urllib.error, urllib.request
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments): pass
open("page", "w").write("one")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/page"
with urllib.request.urlopen(url) as answer: text, stamp = answer.read(), answer.headers["Last-Modified"]
def again():
    try: return urllib.request.urlopen(urllib.request.Request(url, headers={"If-Modified-Since": stamp})).read()
    except urllib.error.HTTPError as error: return error.code
print(text, again())
time.sleep(1.1)
open("page", "w").write("two")
print(again())
server.shutdown()
print("ok")
