# socket -server and socket speak to each other in one event loop.
proc accept {channel address port} { puts $channel "hello from $address"; close $channel }
set server [socket -server accept -myaddr 127.0.0.1 0]
set client [socket 127.0.0.1 [lindex [fconfigure $server -sockname] 2]]
fileevent $client readable { set line [gets $client] }
vwait line
puts $line
puts ok
