# `alarm 1` ends a read that blocks, a second later.
pipe my $in, my $out;
my $start = time;
local $SIG{ALRM} = sub { die "alarm\n" };
eval { alarm 1; my $line = <$in>; alarm 0; };
print "bad: no alarm: $@" unless $@ eq "alarm\n";
my $taken = time - $start;
print "bad: $taken seconds\n" if $taken < 1;
print "ok\n";
