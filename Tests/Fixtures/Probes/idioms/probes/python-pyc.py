# A module edited to the same size a second after it was imported is imported anew.
import subprocess, sys, time
def write(value):
    with open("module.py", "w") as file: file.write(f"value = {value}\n")
def value(): return subprocess.check_output([sys.executable, "-c", "import module; print(module.value)"], text=True).strip()
write(1)
first = value()
time.sleep(1.1)
write(2)
second = value()
print(first, second)
if (first, second) != ("1", "2"): print("bad: stale bytecode")
print("ok")
