# Lock.acquire, Condition.wait, Semaphore.acquire, Barrier.wait and Thread.join give up after their timeouts.
import threading, time
def expect(what, wait, answer):
    start = time.time()
    try: found = wait()
    except threading.BrokenBarrierError: found = "broken"
    if found != answer: print("bad:", what, "answered", found)
    if time.time() - start < 0.3: print("bad:", what, "after", time.time() - start)
lock = threading.Lock()
lock.acquire()
expect("lock", lambda: lock.acquire(timeout=0.3), False)
condition = threading.Condition()
with condition: expect("condition", lambda: condition.wait(0.3), False)
with condition: expect("wait_for", lambda: condition.wait_for(lambda: False, 0.3), False)
expect("semaphore", lambda: threading.Semaphore(0).acquire(timeout=0.3), False)
expect("barrier", lambda: threading.Barrier(2).wait(0.3), "broken")
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
expect("join", lambda: thread.join(0.3), None)
stop.set()
thread.join()
print("ok")
