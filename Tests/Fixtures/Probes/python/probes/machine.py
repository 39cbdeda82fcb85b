"""The machine, as libraries ask for it."""
import getpass, locale, multiprocessing, os, platform, resource, shutil, socket, sys, sysconfig

print(os.cpu_count(), multiprocessing.cpu_count(), os.sched_getaffinity(0), os.getloadavg())
print(platform.uname(), platform.platform(), platform.node(), platform.processor())
print(socket.gethostname(), socket.getfqdn(), os.uname())
print(os.getuid(), os.getgid(), os.getgroups(), getpass.getuser(), os.getcwd(), os.getpid(), os.getppid(), os.umask(0))
print(shutil.disk_usage("/build"), os.statvfs("/tmp"), os.get_terminal_size.__name__)
print(locale.getlocale(), sys.getfilesystemencoding(), sys.flags, sys.executable)
print([resource.getrlimit(i) for i in range(16)])
print(sorted(os.environ.items()))
