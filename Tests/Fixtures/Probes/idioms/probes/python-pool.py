# Workers of a multiprocessing pool, which all do the same, read different random bytes.
import multiprocessing, os, uuid
def work(i): return os.urandom(8).hex(), str(uuid.uuid4())
if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool: found = [text for pair in pool.map(work, range(40), chunksize=1) for text in pair]
    if len(set(found)) != 80: print("bad:", len(set(found)), "of 80")
    print("ok")
