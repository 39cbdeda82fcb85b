# A command's `date +%s%N`, read anew each time, tells how long another command slept.
function now(  text) { "date +%s%N" | getline text; close("date +%s%N"); return text }
BEGIN {
    begin = now()
    system("sleep 0.4")
    taken = now() - begin
    # Doubles hold these numbers to 256.
    if (taken < 400000000 - 512) print "bad: " taken " ns"
    print "ok"
}
