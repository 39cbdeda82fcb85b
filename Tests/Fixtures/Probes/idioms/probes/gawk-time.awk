# gawk's extension `time` sleeps, and gettimeofday has moved by that; a rate by it is no division by zero.
@load "time"
BEGIN {
    begin = gettimeofday()
    sleep(0.3)
    if (gettimeofday() - begin < 0.3) print "bad: " gettimeofday() - begin
    rate = 100 / (gettimeofday() - begin)
    print "ok"
}
