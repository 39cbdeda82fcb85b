"""Random numbers and hashes of processes that run side by side."""
import concurrent.futures, multiprocessing, os, random, subprocess, sys

def look(number): return number, os.urandom(8).hex(), random.random()

outputs = [subprocess.Popen([sys.executable, "-c", f"import os; print({n}, os.urandom(8).hex(), hash('x'))"], stdout=subprocess.PIPE) for n in range(6)]
for process in outputs: print(process.communicate()[0].decode().strip())
