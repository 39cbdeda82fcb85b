# userfaultfd
# Whoever answers page faults can stop the kernel in the middle of copying memory, for as long as they like. Many exploits
# of kernel races begin with that.
attempt plain ENOSYS userfaultfd=ok
