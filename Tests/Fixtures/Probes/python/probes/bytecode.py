"""Byte code of a module that was made here."""
import compileall, hashlib, importlib, os, sys

with open("generated.py", "w") as file: file.write("NAMES = {'a', 'b', 'c', 'd', 'e'}\ndef f(x): return x in {'one', 'two', 'three'}\n")
sys.path.insert(0, ".")
import generated
compileall.compile_file("generated.py", quiet=1, optimize=2)
for root, _, files in os.walk("."):
    for name in sorted(files):
        data = open(os.path.join(root, name), "rb").read()
        print(name, data[:16].hex(), hashlib.sha256(data).hexdigest())
