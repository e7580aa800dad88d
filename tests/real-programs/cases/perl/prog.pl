use strict; use warnings; use List::Util qw(sum first reduce); use Data::Dumper;
$| = 1;
$Data::Dumper::Sortkeys = 1; $Data::Dumper::Indent = 1;
my %count; $count{lc $_}++ for "The quick brown fox jumps over the lazy dog; the fox" =~ /\w+/g;
print join(", ", map { "$_=$count{$_}" } sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count), "\n";
print "sum ", sum(map { $_ ** 2 } 1 .. 10), " ", (reduce { $a * $b } 1 .. 15), "\n";
(my $text = "2026-11-21 and 2027-01-02") =~ s/(?<y>\d+)-(\d+)-(\d+)/$3.$2.$+{y}/g; print "$text\n";
for my $n (1 .. 5) { eval { die { code => $n } if $n % 2; print "fine $n\n"; 1 } or print "died $@->{code}\n"; }
eval { die "with a line\n" }; print "caught: $@";
eval { my $x = 1 / 0; }; print $@;
eval { undefined_function(1) }; print $@;
package Shape { sub new { my ($class, %a) = @_; bless { %a }, $class } sub area { 0 } sub DESTROY { print "gone $_[0]{name}\n" } }
package Square { our @ISA = ('Shape'); sub area { $_[0]{side} ** 2 } }
{ my $s = Square->new(name => "sq", side => 3); print ref $s, " ", $s->area, "\n"; }
print Dumper({ list => [1, 2.5, "three", undef], nested => { deep => [[]] } });
my @sorted = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ length, $_ ] } qw(pear fig banana kiwi);
print "@sorted\n"; printf "%05.2f|%-8s|%x|%e\n", 3.14159, "left", 255, 12345.678;
local $_ = "a1b22c333"; my $total = 0; $total += $1 while /(\d+)/g; print "$total\n";
print scalar(gmtime(86400 * 365)), "\n";
open my $out, '>', '/w/out.txt' or die "open: $!"; print $out "line $_\n" for 1 .. 3; close $out;
open my $in, '<', '/w/out.txt' or die; my @lines = <$in>; close $in; print scalar(@lines), " $lines[-1]";
print open(my $no, '<', '/w/none') ? "opened" : "not: $!", "\n";
my $packed = pack("NnC/a*", 0xdeadbeef, 513, "perl"); print unpack("H*", $packed), "\n";
print "host says ", twice(21), "\n";
sub fib { my $n = shift; $n < 2 ? $n : fib($n - 1) + fib($n - 2) } print fib(20), "\n";
print STDERR "to stderr\n"; warn "a warning\n"; 1;
