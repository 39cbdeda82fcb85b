# toolchain: debian-12-python
# Python: multiprocessing by fork and by spawn, with semaphores and queues in shared memory
cat >main.py <<'P'
import multiprocessing


def square(number):
    return number * number


if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(4) as pool:
            assert sum(pool.map(square, range(100))) == 328350, method
    value = multiprocessing.Value("i", 0)
    with value.get_lock():
        value.value += 1
    assert value.value == 1
P
python3 main.py
