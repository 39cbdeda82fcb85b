# Tries with waits that double, each a little random, are over when their deadline is, and not before.
import random, time
random.seed(1)
deadline, pause, tries = time.time() + 1.5, 0.05, 0
while time.time() < deadline:
    tries += 1
    time.sleep(min(pause * random.uniform(0.5, 1.5), max(0, deadline - time.time())))
    pause *= 2
if not 4 <= tries <= 12: print("bad:", tries, "tries")
if time.time() < deadline: print("bad: too early")
print("ok")
