# The order of hashes, and references' addresses.
my %hash = map { ("key$_" => $_) } 1 .. 40;
print join(" ", keys %hash), "\n", join(" ", values %hash), "\n";
print \%hash, " ", sub { }, " ", [], "\n";
