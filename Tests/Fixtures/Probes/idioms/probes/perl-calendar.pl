# POSIX::mktime, Time::Local, strftime and localtime are each other's inverse, and `time` lies between two of `date`.
use POSIX qw(mktime strftime);
use Time::Local;
for my $t (map { $_ * 123456789 } 1 .. 16) {
    print "bad: mktime $t\n" if mktime(localtime $t) != $t;
    my @when = gmtime $t;
    $when[5] += 1900;
    print "bad: timegm $t\n" if timegm(@when) != $t;
}
chomp(my $before = `date +%s`);
my $now = time;
chomp(my $after = `date +%s`);
print "bad: $before $now $after\n" if $now < $before || $now > $after;
print strftime("%F %T", gmtime 1e9), "\n";
print "ok\n";
