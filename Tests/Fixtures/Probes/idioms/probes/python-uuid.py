# uuid4, secrets and random give other values in every process and in every forked child.
import os, subprocess, sys
program = "import os, random, secrets, uuid; print(uuid.uuid4(), secrets.token_hex(8), random.random(), os.urandom(4).hex())"
values = []
for i in range(3): values += subprocess.check_output([sys.executable, "-c", program], text=True).split()
for i in range(3):
    reading, writing = os.pipe()
    if os.fork() == 0:
        exec("import os, random, secrets, uuid")
        os.write(writing, f"{uuid.uuid4()} {secrets.token_hex(8)} {os.urandom(8).hex()}".encode())
        os._exit(0)
    os.wait()
    values += os.read(reading, 1000).decode().split()
print(*values, sep="\n")
if len(set(values)) != len(values): print("bad: a value twice")
print("ok")
