# signal.alarm and signal.setitimer ring, and the time has passed then.
import signal, time
rung = []
signal.signal(signal.SIGALRM, lambda number, frame: rung.append(time.time()))
start = time.time()
signal.alarm(1)
signal.pause()
if rung[0] - start < 0.999: print("bad: alarm after", rung[0] - start)
start = time.time()
signal.setitimer(signal.ITIMER_REAL, 0.3)
signal.pause()
if rung[1] - start < 0.3: print("bad: timer after", rung[1] - start)
print("ok")
