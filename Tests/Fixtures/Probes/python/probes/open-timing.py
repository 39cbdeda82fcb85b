"""Open: clocks that run for real."""
import time
print(time.perf_counter_ns(), time.process_time_ns(), time.monotonic_ns())
