import { type Shell, shell } from '../remote/index.ts';
import { eraseStatus } from './exit-status.ts';

/** docs/security.md, rule 30: so many blocks of 4 KiB, besides the first and the last 1 MiB. */
export const SAMPLED_BLOCKS = 10_000;

/**
 * One process that seeks: a shell would start 10,000. perl-base is essential on Debian and Ubuntu, so that every image
 * of theirs has it. `mark` writes a block that nobody else would have written to each place of the sample; `zero` and `marks` read
 * the same places and the ends; `ranges` reads whole ranges. Places are sorted, which spares a rotating disk the seeking.
 */
const program = `use strict;
use warnings;
use Fcntl qw(O_RDONLY O_WRONLY SEEK_SET);
my ($mode, $disk, $size, $wanted, $seed, @ranges) = @ARGV;
my $block = 4096;
my $mib = 1048576;
sub stop { print "$_[0]\\n"; exit 1 }
sub mark_of { substr(pack("A16 Q", "rackwright-$seed", $_[0]) x 171, 0, $block) }
sub places {
  my $count = int($size / $block);
  return map { $_ * $block } 0 .. $count - 1 if $count <= $wanted;
  srand($seed);
  my %chosen;
  $chosen{int(rand($count))} = 1 while keys %chosen < $wanted;
  return map { $_ * $block } sort { $a <=> $b } keys %chosen;
}
sysopen(my $device, $disk, $mode eq 'mark' ? O_WRONLY : O_RDONLY) or stop("$disk cannot be opened: $!");
sub go { defined sysseek($device, $_[0], SEEK_SET) or stop("$disk has no byte $_[0]: $!") }
if ($mode eq 'mark') {
  for my $place (places()) {
    go($place);
    my $written = syswrite($device, mark_of($place));
    stop("writing at byte $place failed: $!") unless defined $written && $written == $block;
  }
  exit 0;
}
my ($blocks, $bytes, $non_zero, $marked, $first) = (0, 0, 0, 0, undef);
my $zero = "\\0" x $block;
sub look {
  my ($place, $length) = @_;
  go($place);
  my $data = '';
  while (length($data) < $length) {
    my $read = sysread($device, $data, $length - length($data), length($data));
    stop("reading at byte $place failed: " . ($read // 1 ? 'the disk ends there' : $!)) unless $read;
  }
  $bytes += $length;
  return $data;
}
sub judge {
  my ($place, $data) = @_;
  my $is_zero = length($data) == $block ? $data eq $zero : $data !~ /[^\\0]/;
  if (!$is_zero) { $non_zero++; $first = $place if !defined $first || $place < $first }
  $marked++ if $data eq mark_of($place);
}
sub span {
  my ($start, $length) = @_;
  while ($length > 0) {
    my $part = $length < $mib ? $length : $mib;
    my $data = look($start, $part);
    for (my $at = 0; $at < $part; $at += $block) { judge($start + $at, substr($data, $at, $block)) }
    $start += $part;
    $length -= $part;
  }
}
if ($mode eq 'ranges') {
  for (@ranges) { my ($start, $length) = split /:/; span($start, $length) }
} else {
  for my $place (places()) { judge($place, look($place, $block)); $blocks++ }
  my $end = $size < $mib ? $size : $mib;
  span(0, $end);
  span($size - $end, $end);
}
stop("$marked blocks still hold what was written there before the erasure") if $marked;
stop("$non_zero blocks are not zero, the first at byte $first") if $non_zero && $mode ne 'marks';
print "blocks=$blocks bytes=$bytes nonzero=$non_zero marked=$marked\\n";
`;

/** Before a purge, which may leave anything but what was there: marks tell whether it was. Sets `$seed`. */
export function writeMarks(): Shell {
  return shell`seed=$(od -An -N4 -tu4 /dev/urandom)
seed=$((seed))
said=$(perl -e ${program} mark "$disk" "$size" ${SAMPLED_BLOCKS} $seed) || fail ${eraseStatus.notErased} "$said"
sync "$disk"
say ${`${SAMPLED_BLOCKS} places are marked`}
`;
}

/** Sets `$found`: what was read back. `marks`: none of them may be left. `zero`: everything that is read is. */
export function readBack(mode: 'zero' | 'marks'): Shell {
  return shell`: "\${seed:=$(od -An -N4 -tu4 /dev/urandom)}"
seed=$((seed))
blockdev --flushbufs "$disk" 2>/dev/null || :
say 'reading back'
found=$(perl -e ${program} ${mode} "$disk" "$size" ${SAMPLED_BLOCKS} $seed) || fail ${eraseStatus.notVerified} "$found"
`;
}

/** `$ranges`: `start:length` in bytes, each all of zeroes. Sets `$found`. */
export function readBackRanges(): Shell {
  return shell`blockdev --flushbufs "$disk" 2>/dev/null || :
say 'reading back'
# shellcheck disable=SC2086
found=$(perl -e ${program} ranges "$disk" "$size" 0 0 $ranges) || fail ${eraseStatus.notVerified} "$found"
`;
}
