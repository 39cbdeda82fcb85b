# os.replace puts a new file in the place of an old one, also of one of the sources, while it is open.
import os
old = open("/build/tree/replaced")
open("new", "w").write("new\n")
os.replace("new", "/build/tree/replaced")
print(old.read().strip(), open("/build/tree/replaced").read().strip())
if os.path.exists("new"): print("bad: still there")
print("ok")
