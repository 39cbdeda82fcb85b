# eval with `die` in a handler of ALRM gives up a system call that sleeps, and alarm(0) takes an alarm back.
my $start = time;
my $done = eval {
    local $SIG{ALRM} = sub { die "timeout\n" };
    alarm 1;
    sleep 30;
    alarm 0;
    1;
};
print "bad: done\n" if $done;
print $@;
print "bad: ", time - $start, "\n" if time - $start < 1 || time - $start > 20;
eval { local $SIG{ALRM} = sub { die "bad: rang\n" }; alarm 1; alarm 0; select undef, undef, undef, 1.2; };
print $@ if $@;
print "ok\n";
