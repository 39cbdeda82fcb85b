# Benchmark counts how often code runs in a second of processor time, and that is a number.
use Benchmark qw(countit timestr timeit);
my $count = countit(0.3, sub { my $x = 0; $x += $_ for 1 .. 1000 });
print "bad: ", $count->iters, "\n" unless $count->iters > 0;
my $text = timestr(timeit(2, sub { select undef, undef, undef, 0.5 }));
print "bad: $text\n" unless $text =~ /^ *[0-9.]+ wallclock sec/;
print "ok\n";
