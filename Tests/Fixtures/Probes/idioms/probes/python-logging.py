# A log that is rotated each second has a file for each second in which something was logged, and its records are in order.
import glob, logging, logging.handlers, time
handler = logging.handlers.TimedRotatingFileHandler("log", when="S", utc=True)
handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
log = logging.getLogger()
log.addHandler(handler)
log.setLevel(logging.INFO)
for i in range(3):
    log.info("line %d", i)
    time.sleep(1.2)
files = sorted(glob.glob("log.*")) + ["log"]
lines = [line for name in files for line in open(name)]
if [line.split()[-1] for line in lines] != ["0", "1", "2"]: print("bad:", lines)
if len(files) < 3: print("bad:", files)
if [line[:23] for line in lines] != sorted({line[:23] for line in lines}): print("bad: times", lines)
print("ok")
