# queue.get(timeout=1) of an empty queue raises Empty, a second later.
import queue, time
start = time.time()
try:
    queue.Queue().get(timeout=1)
    print("bad: something was in it")
except queue.Empty: pass
if time.time() - start < 0.999: print("bad:", time.time() - start)
print("ok")
