# `file mtime` reads and sets times, and a new file's lies between two `clock seconds`.
set before [clock seconds]
close [open f w]
set mtime [file mtime f]
if {$mtime < $before || $mtime > [clock seconds]} { puts "bad: $before $mtime [clock seconds]" }
file mtime f 1000000000
file copy f g
puts [file mtime g]
file rename g h
puts [file mtime h]
puts [clock format [file mtime h] -gmt 1]
puts ok
