# A rate limiter that sleeps until there is a token lets ten through in a second at ten a second, and comes to its end.
import time
class Bucket:
    def __init__(self, rate): self.rate, self.tokens, self.last = rate, 0.0, time.time()
    def take(self):
        while True:
            now = time.time()
            self.tokens += (now - self.last) * self.rate
            self.last = now
            if self.tokens >= 1:
                self.tokens -= 1
                return
            time.sleep((1 - self.tokens) / self.rate)
bucket, start = Bucket(10), time.time()
for i in range(10): bucket.take()
if time.time() - start < 0.999: print("bad:", time.time() - start)
print("ok")
