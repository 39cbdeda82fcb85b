package Hi;
our $VERSION = "0.6";
sub words { "hi from perl" }
1;
__END__

=head1 NAME

Hi - says hi
