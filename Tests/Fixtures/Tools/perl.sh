# toolchain: debian-12-c
# Perl: a child whose output is read, a signal, and a temporary file
cat >main.pl <<'P'
use strict;
use File::Temp;
my $pid = open(my $child, '-|') // die;
if (!$pid) { print "$_\n" for 1 .. 5; exit 0 }
my $sum = 0;
$sum += $_ while <$child>;
close $child;
my $caught = 0;
$SIG{USR1} = sub { $caught = 1 };
kill 'USR1', $$;
my $file = File::Temp->new;
print $file 'x';
close $file;
die "$sum $caught" unless $sum == 15 && $caught && -s "$file" == 1;
P
perl main.pl
