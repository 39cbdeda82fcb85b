# An alarm around each of 17,000 operations, and then a loop that waits with a timeout until a point of time comes to its end.
use strict; use warnings;
$SIG{ALRM} = sub { print "bad: an alarm that was taken back rings\n" };
for (1 .. 17000) { alarm 3600; alarm 0 }
pipe(my $reader, my $writer) or die;
my ($end, $rounds) = (time + 2, 0);
while (time < $end && $rounds < 60) {
    vec(my $set = '', fileno $reader, 1) = 1;
    select $set, undef, undef, 0.2;
    $rounds++;
}
print "bad: $rounds rounds\n" if $rounds >= 60;
print "ok\n";
