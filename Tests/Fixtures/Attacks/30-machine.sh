# The machine: log, clock, swap, modules, kexec, reboot, quotas, accounting
# Whatever changes the machine as a whole. Most of it the kernel refuses to ordinary users by itself; the controls show
# that the calls are reached, with arguments that do no harm, and the rest (-) is refused twice.
attempt plain EPERM settimeofday=EFAULT clock_settime=EFAULT adjtimex=ok swapon=EINVAL quotactl=E[!P]* syslog=- swapoff=- \
    acct=- kexec=- init_module=- delete_module=- ioperm=-
attempt root EPERM reboot=EINVAL sethostname=ok
