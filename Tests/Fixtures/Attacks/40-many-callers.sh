# Ten thousand threads that ask, and processes that stop in the middle
# Whoever answers can be kept busy for ever: by more questions than there are threads, and by callers that stop or vanish between
# question and answer. The time that the build was given holds, and the answers stay right.
compile callers
# All of them are there before the first one asks.
outside 'threads 10000 answers right' callers
more='limits: {processes: 16384, timeout: 100s}'
inside 'threads 10000 answers right' 'callers'
more='limits: {processes: 16384, timeout: 3s}'
before=$(date +%s)
inside '' 'callers forever' resource_exceeded/timeout
expect "the deadline held" [ $(($(date +%s) - before)) -lt 15 ]
