# Open: how long things take.
time for i in {1..200000}; do :; done
times
