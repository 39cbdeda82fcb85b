# The machine: log, clock, swap, modules, kexec, reboot, quotas, accounting
# Whatever changes the machine as a whole. Most of it the kernel refuses to ordinary users by itself. Where it looks at the
# arguments first, wrong ones that do no harm show that the call is reached; of the rest it has to show who refused (calls.c):
# the filter, or only the kernel behind it.
attempt plain EPERM settimeofday=EFAULT clock_settime=EFAULT adjtimex=ok clock_adjtime=ok swapon=EINVAL quotactl=E[!P]* \
    quotactl_fd=EBADF ioperm=ok iopl=ok
attempt plain EPERM syslog=reached swapoff=reached acct=reached kexec_load=reached kexec_file_load=reached init_module=reached \
    finit_module=reached delete_module=reached vhangup=reached
attempt root EPERM reboot=EINVAL sethostname=ok setdomainname=ok
