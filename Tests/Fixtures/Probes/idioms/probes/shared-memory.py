# Shared memory and semaphores with names work between processes.
import multiprocessing as m
from multiprocessing import shared_memory
def add(name, lock):
    block = shared_memory.SharedMemory(name)
    for i in range(100):
        with lock: block.buf[0] = (block.buf[0] + 1) % 250
    block.close()
if __name__ == "__main__":
    block, lock = shared_memory.SharedMemory(create=True, size=100), m.Lock()
    workers = [m.Process(target=add, args=(block.name, lock)) for i in range(4)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    print(block.buf[0])
    if block.buf[0] != 150: print("bad: lost counts")
    block.close()
    block.unlink()
    print("ok")
