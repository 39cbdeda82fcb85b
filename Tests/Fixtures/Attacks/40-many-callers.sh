# Ten thousand threads that ask, and processes that stop in the middle
# Whoever answers can be kept busy for ever: by more questions than there are threads, and by callers that stop or vanish between
# question and answer. The time that the build was given holds, and every answer is the sandbox's: never the host's time, nor its
# random numbers.
compile callers
# All of them are there before the first one asks. The time is the host's, and the numbers are others every time.
on_host() { callers "$(date +%s)" $(($(date +%s) + 120)); }
outside 'threads 10000 answers right random ????????????????' on_host
numbers=$(cd "$row/outside" && PATH=$bin:$PATH && on_host)
refuse "the host's random numbers repeat" grep -qF "$numbers" "$row/found"
more='limits: {processes: 16384, timeout: 100s}'
inside 'threads 10000 answers right random ????????????????' 'callers 1700000000 1700000000'
numbers=$(cat "$row/log")
build built
matches "the answers of a second build" "$numbers" "$(cat "$row/log")"
more='limits: {processes: 16384, timeout: 3s}'
before=$(date +%s)
inside '' 'callers 1700000000 1700000000 forever' resource_exceeded/timeout
expect "the deadline held" [ $(($(date +%s) - before)) -lt 15 ]
