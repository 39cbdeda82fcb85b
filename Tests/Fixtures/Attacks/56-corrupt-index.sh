# A corrupt index
# SQLite's file is damaged, cut off or replaced by another. What is only there would be lost; whoever believes it takes what is not
# there for there.
inside '' 'echo original >/out/file'
built=$(records)
unreadable() { cp "$row/store/index.sqlite" copy && printf 'garbage garbage garbage' | dd of=copy conv=notrunc 2>/dev/null && python3 -c '
import sqlite3
try: sqlite3.connect("copy").execute("select * from sqlite_master").fetchall()
except sqlite3.DatabaseError: print("unreadable")'; }
outside unreadable unreadable
damage() {
    case $1 in
    garbage) printf 'garbage garbage garbage' | dd of="$row/store/index.sqlite" conv=notrunc 2>/dev/null ;;
    middle) dd if=/dev/urandom of="$row/store/index.sqlite" bs=512 seek=8 count=8 conv=notrunc 2>/dev/null ;;
    cut) truncate -s 5000 "$row/store/index.sqlite" ;;
    empty) : >"$row/store/index.sqlite" ;;
    gone) rm -f "$row"/store/index.sqlite* ;;
    folder) rm -f "$row"/store/index.sqlite*; mkdir "$row/store/index.sqlite" ;;
    esac
}
for kind in garbage middle cut empty gone; do
    rm -f "$row"/store/index.sqlite-*
    damage "$kind"
    matches "records with an index that is $kind" "$built" "$(records)"
    belljar build --json --quiet "$recipe" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
    ended built "$code"
    expect "the store is whole" belljar store fsck
    found belljar "$kind: $(records) records"
done
# No file at all: the records are read without it, and the check says so and mends it.
rm -f "$row"/store/index.sqlite-*
damage folder
matches "records with an index that is a folder" "$built" "$(records)"
belljar store fsck >>"$row/trouble" 2>&1 && code=0 || code=$?
matches "the exit code of fsck" 6 "$code"
expect "it is mended" belljar store fsck --repair
expect "the store is whole" belljar store fsck
matches "records afterwards" "$built" "$(records)"
found belljar "folder: $(records) records"
