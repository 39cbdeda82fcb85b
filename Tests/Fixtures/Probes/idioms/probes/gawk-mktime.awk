# mktime and strftime are each other's inverse, and systime lies between two of `date`.
BEGIN {
    for (i = 0; i < 2000000000; i += 123456789) {
        text = strftime("%Y %m %d %H %M %S", i, 1)
        if (mktime(text, 1) != i) print "bad: " text
    }
    "date +%s" | getline before; close("date +%s")
    now = systime()
    "date +%s" | getline after
    if (now < before || now > after) print "bad: " before, now, after
    print "ok"
}
