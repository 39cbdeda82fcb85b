# Calls of another architecture
# A filter knows calls by their numbers on x86-64. `int 0x80` and x32 reach the kernel with other numbers for the same
# calls: whoever filters one table only can be passed by through another.
# Numbers of x32 are answered as on a kernel that was made without it; whoever makes calls for 32 bits is ended.
compile calls
outside 'i386 ok' calls i386
inside $'i386 SIGSYS\nx32 ENOSYS' 'calls i386 x32'
