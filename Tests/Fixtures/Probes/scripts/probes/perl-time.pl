# Times, random numbers and temporary files.
use Time::HiRes qw(time sleep stat);
use File::Temp qw(tempfile tempdir);
use POSIX qw(strftime);
my $begin = Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC());
print time, " ", scalar(localtime), " ", strftime("%c %Z", localtime), " $^T $$ ", getppid, "\n";
print rand, " ", int(rand(1000)), "\n";
my ($handle, $name) = tempfile(); print "$name ", tempdir(), "\n";
sleep 0.3;
print "sleep ", Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) - $begin >= 0.3 ? "ok" : "bad", "\n";
my @status = stat "/build/names/seed"; print "@status\n"; @status = stat $name; print "@status\n"; print -M $name, "\n";
opendir my $folder, "/build/names"; my @names = readdir $folder; print "@names[0 .. 5]\n"; print join(" ", (glob "/etc/*")[0 .. 5]), "\n";
alarm 1; $SIG{ALRM} = sub { print "alarm ok\n" }; select undef, undef, undef, 3;
