"""Open: which thread of a pool is done first."""
import concurrent.futures, hashlib
def work(number):
    for _ in range(3000): hashlib.sha256(bytes(1000 + number)).digest()
    return number
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print([f.result() for f in concurrent.futures.as_completed([pool.submit(work, n) for n in range(40)])])
