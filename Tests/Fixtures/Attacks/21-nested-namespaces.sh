# A user namespace inside the build
# A new user namespace has all capabilities, and with them a large part of the kernel that was never meant for ordinary
# users: mounts, packet filters, network devices.
attempt plain EPERM unshare-user=ok clone-user=ok setns=EINVAL
attempt root EPERM unshare-time=ok
