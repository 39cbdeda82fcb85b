# Device nodes and whiteouts
# A character device 0:0 needs no privilege: overlayfs takes it for "removed here". In an output it would hide files of
# whatever it is laid over. Real devices the kernel refuses to ordinary users by itself.
attempt plain EPERM whiteout=ok rename-whiteout=ok device=reached
inside 'fifo ok' 'calls fifo'
