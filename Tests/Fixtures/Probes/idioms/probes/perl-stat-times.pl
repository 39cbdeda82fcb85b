# A file's (stat)[9] lies between `time` before and after, utime undef sets it to now, and Time::HiRes::stat sees fractions.
use Time::HiRes ();
my $before = time;
open my $file, ">", "f" or die;
print $file "text";
close $file;
my $mtime = (stat "f")[9];
print "bad: $before $mtime ", time, "\n" if $mtime < $before || $mtime > time;
utime 1000, 2000, "f";
print join(" ", (stat "f")[8, 9]), "\n";
sleep 1;
$before = time;
utime undef, undef, "f";
print "bad: utime undef\n" if (stat "f")[9] < $before || (stat _)[9] > time;
print "bad: HiRes\n" if int((Time::HiRes::stat "f")[9]) != (stat "f")[9];
$^T = time + 86400;
print "bad: -M ", -M "f", "\n" unless -M "f" > 0.99 && -M _ < 1.01;
print "ok\n";
