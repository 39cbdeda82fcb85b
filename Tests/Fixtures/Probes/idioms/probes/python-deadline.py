# `while time.time() < deadline: time.sleep(0.05)` ends.
import time
deadline = time.time() + 1
while time.time() < deadline: time.sleep(0.05)
print("ok")
