# Equal commands that Popen starts before any is waited for have different UUIDs.
import concurrent.futures
import subprocess

def start(_):
    return subprocess.Popen(["sh", "-c", "cat /proc/sys/kernel/random/uuid"], stdout=subprocess.PIPE, text=True)

found = [process.communicate()[0].strip() for process in [start(number) for number in range(20)]]
# The same from a thread that is not the first one.
with concurrent.futures.ThreadPoolExecutor(1) as thread:
    found += [process.communicate()[0].strip() for process in list(thread.map(start, range(20)))]
print("\n".join(found))
if len(set(found)) != 40:
    print("bad:", len(set(found)), "of 40")
print("ok")
