# Personalities that switch off protections
# READ_IMPLIES_EXEC makes all data executable, MMAP_PAGE_ZERO puts memory where null pointers lead. The kernel looks at the
# lower half of the argument only.
attempt plain EPERM read-implies-exec=ok mmap-page-zero=ok high-bits=ok
inside 'addr-no-randomize ok' 'calls addr-no-randomize'
