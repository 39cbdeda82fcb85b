# binfmt_misc and sysfs
# A registered binary format names an interpreter that runs with the rights of whoever starts such a file, also outside;
# sysfs has switches of devices and of the kernel.
attempt root EPERM binfmt_misc=ok sysfs=ok
