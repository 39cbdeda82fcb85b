# Time::HiRes measures what usleep slept, and a rate by it is no division by zero.
use Time::HiRes qw(time usleep gettimeofday tv_interval);
my $begin = [gettimeofday];
my $t0 = time;
usleep 300_000;
my $taken = tv_interval($begin);
print "bad: $taken\n" if $taken < 0.299;
my $rate = 1000 / (time - $t0);
print "bad: rate $rate\n" if $rate <= 0 || $rate > 3400;
print "ok\n";
