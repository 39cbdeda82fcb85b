# A timer in a thread ends a process that the main thread waits for, a second later.
import subprocess, threading, time

for _ in range(2):
    start = time.time()
    process = subprocess.Popen(["sleep", "30"])
    threading.Timer(1, process.kill).start()
    process.wait()
    if not 1 <= time.time() - start < 1.5:
        print("bad: the clock moved by", time.time() - start)
print("ok")
