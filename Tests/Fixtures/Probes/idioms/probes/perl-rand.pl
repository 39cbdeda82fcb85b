# rand gives other numbers in every perl process and in children that call srand.
my @found = map { `perl -e 'print rand'` } 1 .. 5;
for (1 .. 5) {
    my $pid = open(my $child, "-|") // die;
    if (!$pid) { srand; print rand; exit }
    push @found, scalar <$child>;
}
my %seen = map { $_ => 1 } @found;
print "bad: @found\n" if keys %seen != 10;
open my $device, "<", "/dev/urandom" or die;
read $device, my $one, 8;
open my $again, "<", "/dev/urandom" or die;
read $again, my $two, 8;
print "bad: the device twice\n" if $one eq $two;
print "ok\n";
