# future.result, futures.wait and as_completed give up after their timeouts, and get what is done later.
import concurrent.futures as futures, time
with futures.ThreadPoolExecutor(2) as pool:
    start = time.time()
    future = pool.submit(lambda: time.sleep(1.5) or "done")
    try:
        future.result(timeout=0.3)
        print("bad: in time")
    except futures.TimeoutError: pass
    if time.time() - start < 0.3: print("bad: result after", time.time() - start)
    done, waiting = futures.wait([future], timeout=0.3)
    if done: print("bad: wait")
    if time.time() - start < 0.6: print("bad: wait after", time.time() - start)
    print(future.result())
    if time.time() - start < 1.5: print("bad: done after", time.time() - start)
print("ok")
