# usleep, nanosleep and sleep of Time::HiRes say how long they slept, and tv_interval and clock_gettime agree.
use Time::HiRes qw(usleep nanosleep sleep gettimeofday tv_interval clock_gettime CLOCK_REALTIME);
my $start = [gettimeofday];
my $begin = clock_gettime CLOCK_REALTIME;
for (usleep(200_000) / 1e6, nanosleep(200_000_000) / 1e9, sleep 0.2) { print "bad: slept $_\n" if $_ < 0.199 || $_ > 20 }
print "bad: tv_interval ", tv_interval($start), "\n" if tv_interval($start) < 0.6;
print "bad: clock_gettime\n" if clock_gettime(CLOCK_REALTIME) - $begin < 0.6;
$SIG{ALRM} = sub { print "rung\n" };
Time::HiRes::alarm(0.3);
CORE::sleep 5;
print "ok\n";
