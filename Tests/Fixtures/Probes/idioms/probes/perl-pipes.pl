# A command's output is read by open, its status is in $?, and a folder's names are sorted.
open my $command, "-|", "seq 3; exit 7" or die;
my @lines = <$command>;
close $command;
print @lines;
print "bad: status $?\n" if $? >> 8 != 7;
for my $name (qw(b c a)) { open my $file, ">", $name or die; print $file $name x 10; }
opendir my $folder, "." or die;
my @names = sort grep { !/^\./ } readdir $folder;
print "@names\n";
print "bad: sizes\n" if grep { -s $_ != 10 } @names;
my @status = stat "a";
print "bad: times\n" if $status[9] > time || $status[9] < time - 60;
print "ok\n";
