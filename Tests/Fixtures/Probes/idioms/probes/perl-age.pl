# -M of a file that was there before the program began is not negative.
open my $file, ">", "f" or die;
print $file "x";
close $file;
my $age = `perl -e 'print -M "f"'`;
print "bad: -M is $age\n" if $age < 0;
sleep 2;
$age = `perl -e 'print -M "f"'` * 86400;
print "bad: -M is $age seconds after two\n" if $age < 0.9;
print "ok\n";
