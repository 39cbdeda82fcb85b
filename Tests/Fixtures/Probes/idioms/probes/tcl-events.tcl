# `after MS SCRIPT` and `vwait` end when the clock has moved that far.
set start [clock milliseconds]
set ticks 0
proc tick {} { global ticks done; incr ticks; if {$ticks == 5} { set done 1 } else { after 150 tick } }
after 150 tick
vwait done
if {[clock milliseconds] - $start < 750} { puts "bad: [expr {[clock milliseconds] - $start}] ms" }
puts ok
