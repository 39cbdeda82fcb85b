# An entry of a cache is served until its time to live is over, and not longer.
import time
cache = {}
calls = 0
def get(key, lives=0.5):
    global calls
    if key not in cache or time.time() - cache[key][1] >= lives:
        calls += 1
        cache[key] = (calls, time.time())
    return cache[key][0]
found = [get("k"), get("k")]
time.sleep(0.5)
found.append(get("k"))
time.sleep(0.2)
found.append(get("k"))
print(found)
if found[0] != found[1] or found[2] == found[1]: print("bad:", found)
print("ok")
