# Stealing the listener of PID 1
# Whoever has the descriptor over which calls are asked can answer for PID 1: the time, random numbers, and what files are called. It
# is sent to PID 1 before the build's program begins; the build looks for it in every process, its own too.
compile thief
outside 'listeners 1' thief own
# shellcheck disable=SC2016
inside $'listeners 0\nfrozen' 'thief
test $(date +%s) = 1700000000 && echo frozen'
