# A timer that rings every 0.3 seconds has rung three times when the clock has moved by 0.9 seconds.
import signal, time
rung = []
signal.signal(signal.SIGALRM, lambda number, frame: rung.append(time.time()))
start = time.time()
signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
while len(rung) < 3: signal.pause()
signal.setitimer(signal.ITIMER_REAL, 0)
if rung[2] - start < 0.89: print("bad: after", rung[2] - start)
print("ok")
