# perl match.pl PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text.
use strict;
use warnings FATAL => 'all';

chomp(my @texts = <STDIN>);
$_ = pack 'H*', $_ for @texts;
utf8::decode($_) or die for @texts;
for my $pattern (@ARGV) {
    my $whole = qr/\A(?:$pattern)\z/;
    print map({ /$whole/ ? '1' : '0' } @texts), "\n";
}
