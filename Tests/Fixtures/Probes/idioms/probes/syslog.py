# syslog without a daemon that listens returns, and so does `logger`.
import subprocess, syslog
syslog.openlog("idiom")
syslog.syslog("nobody listens")
subprocess.run(["logger", "nobody listens"], stderr=subprocess.DEVNULL, timeout=10)
print("ok")
