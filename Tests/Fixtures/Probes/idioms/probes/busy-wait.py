# A loop that does nothing but call time.time() until half a second has passed ends.
import time
start = time.time()
while time.time() - start < 0.5: pass
print("ok")
