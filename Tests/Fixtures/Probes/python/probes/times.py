"""Every clock of the time and datetime modules."""
import datetime, os, time

print(time.time(), time.time_ns(), datetime.datetime.now(), datetime.date.today(), datetime.datetime.now(datetime.timezone.utc))
print(time.localtime(), time.tzname, time.timezone)
for name in ("CLOCK_REALTIME", "CLOCK_TAI"):
    print(name, time.clock_gettime_ns(getattr(time, name)))
print("monotonic", "ok" if time.monotonic() < 3600 else "bad")
print(time.get_clock_info("time"))
begin = time.monotonic()
time.sleep(0.3)
print("sleep", "ok" if time.monotonic() - begin >= 0.3 else "bad")
