# Process.join, Queue.get, Connection.poll and AsyncResult.get of multiprocessing give up after their timeouts.
import multiprocessing, queue, time
def sleeper(): time.sleep(30)
def slow(n): time.sleep(1.2); return n
if __name__ == "__main__":
    process = multiprocessing.Process(target=sleeper)
    process.start()
    start = time.time()
    process.join(0.4)
    if not process.is_alive(): print("bad: over")
    if time.time() - start < 0.4: print("bad: join after", time.time() - start)
    process.terminate()
    process.join()
    print(process.exitcode)
    start = time.time()
    try: multiprocessing.Queue().get(timeout=0.4)
    except queue.Empty: pass
    if time.time() - start < 0.4: print("bad: get after", time.time() - start)
    start = time.time()
    ends = multiprocessing.Pipe()
    if ends[0].poll(0.4): print("bad: poll")
    if time.time() - start < 0.4: print("bad: poll after", time.time() - start)
    with multiprocessing.Pool(2) as pool:
        result = pool.apply_async(slow, (7,))
        try: result.get(0.2)
        except multiprocessing.TimeoutError: print("not yet")
        print(result.get(30))
    print("ok")
