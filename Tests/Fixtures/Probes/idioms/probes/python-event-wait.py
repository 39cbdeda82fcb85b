# Event.wait with a timeout returns False, and that time has passed then.
import threading, time
start = time.time()
if threading.Event().wait(1): print("bad: set")
if time.time() - start < 0.999: print("bad:", time.time() - start)
print("ok")
