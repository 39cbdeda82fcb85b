# A module that a running program writes can be imported, also after it was not there a moment ago.
import importlib, sys, time
sys.path.insert(0, ".")
sys.dont_write_bytecode = True
try: import later
except ImportError: print("not yet")
open("later.py", "w").write("value = 1\n")
importlib.invalidate_caches()
import later
print(later.value)
time.sleep(1.1)
open("later.py", "w").write("value = 2\n")
print(importlib.reload(later).value)
open("another.py", "w").write("value = 3\n")
time.sleep(1.1)
import another
print(another.value)
print("ok")
