# rand() gives another number at each call, and srand repeats a sequence.
set a [expr {rand()}]
set b [expr {rand()}]
if {$a == $b} { puts "bad: $a twice" }
expr {srand(42)}
set a [expr {rand()}]
expr {srand(42)}
if {$a != [expr {rand()}]} { puts "bad: srand" }
set device [open /dev/urandom rb]
if {[read $device 8] eq [read $device 8]} { puts "bad: the device twice" }
puts ok
