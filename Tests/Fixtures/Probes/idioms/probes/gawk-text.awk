# Arrays are walked in a sorted order, commands are read by getline, and strftime knows UTC.
BEGIN {
    "printf '%s\\n' b a c | sort -r | head -n 1" | getline last
    print last
    split("pear apple fig", words)
    n = asort(words)
    for (i = 1; i <= n; i++) printf "%s ", words[i]
    print strftime("%Y-%m-%d %H:%M", 1700000000, 1)
    while (("ls -a /build/tree" | getline name) > 0) count++
    if (count < 4) print "bad: " count " names"
    print (last == "c" && words[1] == "apple") ? "ok" : "bad: order"
}
