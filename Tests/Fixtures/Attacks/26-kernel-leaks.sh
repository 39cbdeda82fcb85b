# What /proc tells
# Files of /proc show the host's hardware, its other users, addresses of the kernel and how busy it is. The golden list
# names every path that can be read in a build, by what it is about; a kernel that brings a new one fails this row.
golden=$attacks/proc-readable.txt
# Processes and threads are one each, by what their files are called.
# shellcheck disable=SC2016
list='cd /proc
find . -xdev 2>/dev/null -type f ! -path "./[0-9]*" ! -path "./self/*" ! -path "./thread-self/*" ! -path "./sys/*" | sort >/tmp/files
find self/ 2>/dev/null -maxdepth 1 -type f | sort >>/tmp/files
find self/net self/attr 2>/dev/null -type f | sort >>/tmp/files
find sys -type f 2>/dev/null | sort >>/tmp/files
while read file; do
    # What is empty tells nothing, and what waits would wait for ever.
    if [ "$(timeout 1 head -c 1 "$file" 2>/dev/null | wc -c)" = 1 ]; then echo "${file#./}"; fi
done </tmp/files'
on_host() { sh -c "${list//\/tmp\/files/$row/files}" | wc -l | awk '{ print ($1 > 300 ? "more than 300 files" : $1) }'; }
outside 'more than 300 files' on_host
inside '' "{ $list; } >/out/readable"
grep -v '^#' "$golden" | grep . | sort >"$row/wanted"
sort "$row/out/readable" >"$row/readable"
found belljar "$(wc -l <"$row/readable") files"
# A kernel may lack some of them; none may come in addition.
matches "readable and not on the golden list" '' "$(comm -13 "$row/wanted" "$row/readable")"
expect "most of the list is readable, so the list is about this" [ "$(comm -12 "$row/wanted" "$row/readable" | wc -l)" -gt 50 ]
