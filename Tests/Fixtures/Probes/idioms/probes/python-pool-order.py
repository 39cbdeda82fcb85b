# A pool of processes and one of threads give results in the order of their tasks.
import concurrent.futures as c
def square(n): return n * n
if __name__ == "__main__":
    for kind in (c.ProcessPoolExecutor, c.ThreadPoolExecutor):
        with kind(4) as pool: print(list(pool.map(square, range(10))))
    print("ok")
