# `time` moves by what `sleep` slept.
my $start = time;
sleep 1;
my $taken = time - $start;
print "bad: $taken seconds\n" if $taken < 1;
print "ok\n";
