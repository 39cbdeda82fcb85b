# exec waits for a command that sleeps, and a pipe's fileevent gets what comes later.
set start [clock milliseconds]
exec sleep 0.5
if {[clock milliseconds] - $start < 500} { puts "bad: [expr {[clock milliseconds] - $start}] ms" }
set pipe [open "|sh -c {sleep 0.3; echo later}"]
fileevent $pipe readable { set line [gets $pipe] }
vwait line
puts $line
close $pipe
puts ok
