# IO::Socket::INET listens on 127.0.0.1, and a child connects.
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 5, Proto => "tcp") or die "bad: $@ $!";
my $pid = fork // die;
if (!$pid) {
    my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) or die "bad: $@";
    print $client "hello\n";
    exit;
}
my $peer = $server->accept or die "bad: $!";
print scalar <$peer>;
waitpid $pid, 0;
print "ok\n";
