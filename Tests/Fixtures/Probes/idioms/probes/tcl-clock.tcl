# clock format, scan and add are each other's inverse, and know leap years and ends of months.
for {set t 0} {$t < 2000000000} {incr t 123456789} {
    set text [clock format $t -format "%Y-%m-%d %H:%M:%S" -gmt 1]
    if {[clock scan $text -format "%Y-%m-%d %H:%M:%S" -gmt 1] != $t} { puts "bad: $text" }
}
puts [clock format [clock add [clock scan 2024-02-28 -format %Y-%m-%d -gmt 1] 1 day -gmt 1] -format %F -gmt 1]
set date [exec date +%s]
if {[clock seconds] < $date || [clock seconds] - $date > 20} { puts "bad: [clock seconds], but date says $date" }
puts ok
