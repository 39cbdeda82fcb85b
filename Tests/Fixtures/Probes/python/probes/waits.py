"""Waits with a timeout return, and not too early."""
import asyncio, queue, select, subprocess, threading, time

def check(name, wait, least=0.25):
    begin = time.monotonic()
    try:
        wait()
    except Exception as error:
        print(name, type(error).__name__)
    print(name, "ok" if time.monotonic() - begin >= least else "bad")

check("queue", lambda: queue.Queue().get(timeout=0.3))
check("condition", lambda: (lambda c: (c.acquire(), c.wait(0.3)))(threading.Condition()))
check("event", lambda: threading.Event().wait(0.3))
check("semaphore", lambda: threading.Semaphore(0).acquire(timeout=0.3))
check("select", lambda: select.select([], [], [], 0.3))
check("subprocess", lambda: subprocess.run(["sleep", "30"], timeout=0.3))
check("asyncio", lambda: asyncio.run(asyncio.wait_for(asyncio.sleep(30), 0.3)))
check("timer", lambda: (lambda t: (t.start(), t.join()))(threading.Timer(0.3, lambda: None)))
