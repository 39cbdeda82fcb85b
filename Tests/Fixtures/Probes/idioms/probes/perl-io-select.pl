# IO::Select's can_read of a pipe that says nothing comes back empty after its timeout, and at once with what is there.
use IO::Select;
use Time::HiRes qw(time);
pipe my $reading, my $writing or die;
my $select = IO::Select->new($reading);
my $start = time;
print "bad: something\n" if $select->can_read(0.5);
print "bad: ", time - $start, "\n" if time - $start < 0.5;
syswrite $writing, "x";
print "bad: nothing\n" unless $select->can_read(30);
print "ok\n";
