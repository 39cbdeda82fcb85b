# select, poll and epoll with timeouts come back empty, and time.time() has moved by these.
import os, select, time
reading, writing = os.pipe()
poll, epoll = select.poll(), select.epoll()
poll.register(reading, select.POLLIN)
epoll.register(reading, select.EPOLLIN)
for what, wait in (("select", lambda: select.select([reading], [], [], 0.3)[0]), ("poll", lambda: poll.poll(300)), ("epoll", lambda: epoll.poll(0.3))):
    start = time.time()
    if wait(): print("bad:", what, "found something")
    if time.time() - start < 0.3: print("bad:", what, "after", time.time() - start)
os.write(writing, b"x")
start = time.time()
if not (select.select([reading], [], [], 30)[0] and poll.poll(30000) and epoll.poll(30)): print("bad: nothing there")
if time.time() - start > 15: print("bad: waited for what is there")
print("ok")
