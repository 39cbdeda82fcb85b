# timeit, perf_counter, monotonic and process_time never go back, and see a sleep.
import time, timeit
last = time.perf_counter(), time.monotonic(), time.process_time(), time.time()
for i in range(1000):
    now = time.perf_counter(), time.monotonic(), time.process_time(), time.time()
    if any(a < b for a, b in zip(now, last)): print("bad: back from", last, "to", now)
    last = now
begin = time.perf_counter()
time.sleep(0.2)
if time.perf_counter() - begin < 0.2: print("bad: perf_counter")
if timeit.timeit("sum(range(1000))", number=1000) <= 0: print("bad: timeit")
if timeit.timeit("time.sleep(0.05)", "import time", number=4) < 0.2: print("bad: timeit of sleeps")
print("ok")
