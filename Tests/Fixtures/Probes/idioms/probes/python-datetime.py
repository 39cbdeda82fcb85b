# datetime.now() moves by the timedelta that was slept, and its date is that of `date`.
import datetime, subprocess, time
start = datetime.datetime.now()
time.sleep(0.25)
taken = datetime.datetime.now() - start
if taken < datetime.timedelta(milliseconds=250): print("bad:", taken)
if taken.total_seconds() > 60: print("bad: far away")
aware = datetime.datetime.now(datetime.timezone.utc)
if abs(aware.timestamp() - time.time()) > 5: print("bad:", aware)
days = {str(datetime.date.today()), subprocess.check_output(["date", "+%F"], text=True).strip(), str(datetime.date.today())}
if len(days) > 2: print("bad:", days)
print(datetime.datetime.fromtimestamp(1e9, datetime.timezone.utc).isoformat())
print("ok")
