# A threading.Timer of one second rings, and a second has passed then.
import threading, time
rung = threading.Event()
start = time.time()
threading.Timer(1, rung.set).start()
while not rung.is_set(): time.sleep(0.1)
if time.time() - start < 0.999: print("bad:", time.time() - start)
print("ok")
