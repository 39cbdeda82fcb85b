# READ_TIMEOUT ends getline from a command that says nothing for longer.
BEGIN {
    command = "sleep 2; echo late"
    PROCINFO[command, "READ_TIMEOUT"] = 300
    begin = systime()
    if ((command | getline line) > 0) print "bad: read " line
    print "gave up"
    PROCINFO[command, "READ_TIMEOUT"] = 0
    close(command)
    print "ok"
}
