# `after cancel` takes a script back, `after idle` comes first, and a vwait with a timeout ends.
after 200 {lappend order timer}
set id [after 100 {lappend order cancelled}]
after cancel $id
after idle {lappend order idle}
after 500 {set done 1}
set start [clock milliseconds]
vwait done
puts $order
if {[clock milliseconds] - $start < 500} { puts "bad: [expr {[clock milliseconds] - $start}] ms" }
puts ok
