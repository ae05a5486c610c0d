set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
state=/run/rackwright/install target=/run/rackwright/install/target
say() { printf '%s
' "$*"; }
fail() { status=$1; shift; say "$*"; exit "$status"; }
mkdir -p -m 0700 "$state"

intent=
[ ! -f /run/rackwright/install/intent ] || read -r intent </run/rackwright/install/intent
[ "$intent" = op-0001 ] || fail 83 'the machine was restarted after its disk was partitioned'

name=
[ ! -f /run/rackwright/install/disk ] || read -r name </run/rackwright/install/disk
[ -n "$name" ] || fail 83 'the machine was restarted: the disk that was found is not known any more'
disk=/dev/$name

part() {
  part=
  for entry in "/sys/class/block/$name/$name"*; do
    [ -r "$entry/partition" ] || continue
    read -r number <"$entry/partition"
    [ "$number" != "$1" ] || part=/dev/${entry##*/}
  done
  [ -b "$part" ]
}


found_before=$name
if [ -d /run/systemd/system ]; then timeout 60 systemctl start systemd-udev-trigger.service 2>/dev/null || :; fi
udevadm settle --timeout=60 2>/dev/null || :
wanted='SERIAL="DISK-1" WWN="" SIZE="21474836480" TYPE="disk"' found=0 name=
seen=$(lsblk -dnbP -o NAME,SERIAL,WWN,SIZE,TYPE)
while IFS= read -r line; do
  case $line in
  'NAME="'*"\" $wanted") ;;
  *) continue ;;
  esac
  found=$((found + 1))
  name=${line#NAME=?}
  name=${name%%?" $wanted"}
done <<END
$seen
END
if [ $found -ne 1 ]; then
  say "$seen"
  fail 80 "$found disks fit $wanted; exactly one must"
fi
case $name in
'' | *[!A-Za-z0-9_-]*) fail 80 "the disk has an odd name: $name" ;;
esac

[ -b "/dev/$name" ] || fail 80 "/dev/$name is no block device"
read -r read_only <"/sys/class/block/$name/ro"
[ "$read_only" = 0 ] || fail 81 "$name can only be read"

[ "$name" = "$found_before" ] || fail 80 "the disk was $found_before and is $name now"
part 2 || fail 80 'partition root is gone'
mkfs.ext4 -q -F -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum -U 76fa48ec-0689-8c23-a5a4-3112bf657aa3 -L root "$part"
udevadm trigger --action=change "$part" 2>/dev/null || :
udevadm settle --timeout=30 2>/dev/null || :
