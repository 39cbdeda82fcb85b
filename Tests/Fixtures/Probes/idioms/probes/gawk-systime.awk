# systime() moves by what a command slept.
BEGIN {
    start = systime()
    system("sleep 1")
    if (systime() - start < 1) print "bad: " systime() - start " seconds"
    print (strftime("%s", systime()) + 0 >= start) ? "ok" : "bad: strftime"
}
