# pty.fork gives a child a terminal of its own, which is its /dev/tty.
import os, pty
pid, terminal = pty.fork()
if pid == 0:
    with open("/dev/tty", "w") as tty: tty.write("hello\n")
    os._exit(0 if os.isatty(0) else 1)
print(os.read(terminal, 100).decode().strip())
if os.waitpid(pid, 0)[1] != 0: print("bad: no terminal")
print("ok")
