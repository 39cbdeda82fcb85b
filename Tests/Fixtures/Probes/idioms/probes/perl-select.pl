# A loop of `select undef, undef, undef, 0.25` until `time` has moved comes to its end.
my $start = time;
select undef, undef, undef, 0.25 while time == $start;
print "ok\n";
