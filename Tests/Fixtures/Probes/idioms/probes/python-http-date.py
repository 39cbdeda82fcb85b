# email.utils, time.strftime and `date -R` write the same time, and parse each other.
import calendar, email.utils, subprocess, time
before = int(time.time())
text = subprocess.check_output(["date", "-u", "-R"], text=True).strip()
for text in (text, email.utils.formatdate(usegmt=True), time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())):
    seconds = email.utils.parsedate_to_datetime(text).timestamp()
    if not before <= seconds <= time.time(): print("bad:", text)
if calendar.timegm(time.gmtime(1e9)) != 10**9: print("bad: timegm")
print("ok")
