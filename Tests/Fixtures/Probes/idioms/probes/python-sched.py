# sched.scheduler with time.time and time.sleep runs its events in order, none before its time.
import sched, time
scheduler = sched.scheduler(time.time, time.sleep)
start = time.time()
ran = []
for delay in (0.6, 0.2, 0.4): scheduler.enter(delay, 1, lambda d=delay: ran.append((d, time.time() - start >= d)))
scheduler.run()
print(ran)
if ran != [(0.2, True), (0.4, True), (0.6, True)]: print("bad: order")
print("ok")
