# A progress bar's rate and its estimate of what is left are numbers, once a first step has slept.
import time
start, lines = time.time(), []
for step in range(1, 6):
    time.sleep(0.1)
    elapsed = time.time() - start
    rate = step / elapsed
    lines.append(f"{step}/5 {rate:.1f}/s left {(5 - step) / rate:.1f}s")
if not 1 < rate <= 10: print("bad:", rate)
print("ok")
