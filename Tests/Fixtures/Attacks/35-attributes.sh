# Extended attributes
# Attributes would be a second content of a file, that no digest covers; security.capability gives a program rights on the
# host, and overlayfs believes trusted.overlay and user.overlay. Also with the control of file systems switched off.
attempt plain EOPNOTSUPP setxattr=ok
attempt root EOPNOTSUPP setcap=ok
more='controls: {fs: real}'
inside $'setxattr EOPNOTSUPP\nsetcap EOPNOTSUPP' 'calls setxattr setcap'
