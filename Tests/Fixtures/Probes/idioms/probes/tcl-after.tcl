# `clock seconds` and `clock milliseconds` move by what `after` waited.
set start [clock seconds]
after 1100
if {[clock seconds] <= $start} { puts "bad: clock seconds did not move" }
set start [clock milliseconds]
after 300
if {[clock milliseconds] - $start < 300} { puts "bad: [expr {[clock milliseconds] - $start}] ms" }
puts ok
