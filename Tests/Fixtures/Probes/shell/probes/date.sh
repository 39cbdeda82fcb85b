# The time, in words.
date; date +%s.%N; date -u; date -R; date -d 'next monday' +%F; date -d '3 hours ago' +%s
touch file; date -r file +%s.%N; date -r /usr/bin/env +%s
