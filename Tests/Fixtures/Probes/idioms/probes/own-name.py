# pwd, grp, getpass and expanduser know who is building.
import getpass, grp, os, pwd, socket
account = pwd.getpwuid(os.getuid())
grp.getgrgid(os.getgid())
pwd.getpwnam("root"); grp.getgrnam("tty")
os.environ.pop("LOGNAME", None); os.environ.pop("USER", None); os.environ.pop("LNAME", None); os.environ.pop("USERNAME", None)
if getpass.getuser() != account.pw_name: print("bad:", getpass.getuser(), account.pw_name)
if not socket.gethostname(): print("bad: no host name")
print("ok")
