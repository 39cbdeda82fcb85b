# Filters on top of filters
# A build loads filters of its own over belljar's: to allow again what was refused, to answer its own calls in the place of
# PID 1, and as many as it can.
compile filters
outside $'allowed ok\nunshare ok\nlistener ok\ntime 1' filters
inside $'allowed ok\nunshare EPERM\nlistener EBUSY\ntime 1700000000\nmany [1-9]*\ntime 1700000000' 'filters; filters many'
