# os.rename renames a folder of the sources, and shutil.move moves one into another.
import os, shutil
os.chdir("/build/tree")
try: os.rename("renamed", "afterwards")
except OSError as error: print("bad:", error)
os.makedirs("target", exist_ok=True)
shutil.move("shifted", "target")
for root, folders, files in sorted(os.walk("target")): print(root, sorted(folders), sorted(files))
if os.path.exists("shifted"): print("bad: still there")
print("ok")
