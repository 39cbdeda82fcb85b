# time.time() moves by what time.sleep slept, and n / (t1 - t0) is a rate.
import time
t0 = time.time()
time.sleep(0.5)
taken = time.time() - t0
if taken < 0.5: print("bad:", taken)
rate = 100 / taken if taken else print("bad: division by zero")
print("ok")
