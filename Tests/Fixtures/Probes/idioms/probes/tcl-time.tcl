# `time` counts microseconds of what sleeps, and `clock clicks` go on.
set taken [lindex [time {after 100} 3] 0]
if {$taken < 100000} { puts "bad: $taken" }
set clicks [clock clicks -microseconds]
after 100
if {[clock clicks -microseconds] - $clicks < 100000} { puts "bad: clicks" }
puts ok
