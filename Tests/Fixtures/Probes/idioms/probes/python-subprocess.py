# subprocess.run(timeout=1) gives up a program that sleeps longer, about a second later.
import subprocess, time
start = time.time()
try:
    subprocess.run(["sleep", "30"], timeout=1)
    print("bad: no timeout")
except subprocess.TimeoutExpired: pass
if time.time() - start < 0.5: print("bad:", time.time() - start)
print("ok")
