# A sleep that signals interrupt takes as long as was asked for.
import os, signal, subprocess, time

signal.signal(signal.SIGALRM, lambda *_: None)
signal.signal(signal.SIGUSR1, lambda *_: None)
start = time.time()
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
time.sleep(1)
signal.setitimer(signal.ITIMER_REAL, 0)
if not 1 <= time.time() - start < 1.2:
    print("bad: a second with a timer is", time.time() - start)
start = time.time()
sender = subprocess.Popen(["sh", "-c", "for i in 1 2 3; do sleep .2; kill -USR1 $PPID; done"])
time.sleep(2)
if not 2 <= time.time() - start < 2.2:
    print("bad: two seconds with signals are", time.time() - start)
sender.wait()
print("ok")
