# A loop that has a thread wait and asks for the result ends at its deadline.
import concurrent.futures, queue, time


def get(seconds):
    try:
        queue.Queue().get(timeout=seconds)
    except queue.Empty:
        pass


with concurrent.futures.ThreadPoolExecutor(2) as executor:
    for wait in [time.sleep, get]:
        deadline, rounds = time.time() + 1, 0
        while time.time() < deadline and rounds < 100:
            executor.submit(wait, 0.05).result()
            rounds += 1
        if not 15 <= rounds <= 20:
            print("bad:", rounds, "rounds")
print("ok")
