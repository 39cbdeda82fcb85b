# /tmp, /var/tmp, /dev/shm and /run/lock are writable, and the first three have mode 1777.
for folder in /tmp /var/tmp /dev/shm; do [ "$(stat -c %a $folder)" = 1777 ] || echo "bad: $folder has $(stat -c %a $folder)"; done
for folder in /tmp /var/tmp /dev/shm /run/lock /var/lock; do
    file=$(mktemp -p $folder) || { echo "bad: $folder"; continue; }
    echo text >"$file" && rm "$file" || echo "bad: $file"
done
TMPDIR=/var/tmp python3 -c 'import tempfile; print(tempfile.gettempdir())'
echo ok
