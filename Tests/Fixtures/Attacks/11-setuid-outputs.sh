# setuid, setgid and file capabilities in outputs
# A program that the build makes setuid has, once it is installed on the host, the rights of whoever installed it.
set_id() { echo x >file && chmod 6755 file && stat -c %a file; }
outside 6755 set_id
inside "" 'echo x >/out/tool; chmod 4755 /out/tool; exit 0' build_failed
matches "the answer" '*tool*setuid file (mode 04755)*' "$(answer)"
inside "" 'mkdir /out/bin; echo x >/out/bin/tool; chmod 2755 /out/bin/tool' build_failed
matches "the answer" '*bin/tool*setgid file (mode 02755)*' "$(answer)"
attempt root EOPNOTSUPP setcap=ok
