import { lines, type Shell, shell } from '../remote/index.ts';
import { SECTION_MARK } from './sections.ts';

/**
 * One script for all that the kernel and the firmware tell. Reads with the shell's own `read` where it can: a process
 * costs 20 to 50 ms under emulation. Nothing that is missing fails it.
 */
export function collectScript(): Shell {
  return lines(
    shell`export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
section() { printf '\n%s%s\n' ${SECTION_MARK} "$1"; }
# get FILE: its first line in $value, empty if it cannot be read
get() { value=; { IFS= read -r value <"$1"; } 2>/dev/null || :; }`,
    raiseLinks(),
    firmware(),
    processors(),
    memory(),
    disks(),
    cards(),
    shell`section end`,
  );
}

/**
 * A card that nobody configured has its link down, and shows neither carrier nor speed nor neighbours. IPv6 stays off on it: it is to
 * look, not to take part. Cards without a cable cost the full 5 s.
 */
function raiseLinks(): Shell {
  return shell`raised=
for card in /sys/class/net/*; do
  [ -e "$card/device" ] || continue
  get "$card/flags"
  [ $((\${value:-1} & 1)) -eq 0 ] || continue
  name=\${card##*/}
  { echo 1 >"/proc/sys/net/ipv6/conf/$name/disable_ipv6"; } 2>/dev/null || :
  ip link set dev "$name" up 2>/dev/null || continue
  raised="$raised $name"
done
tries=0
while [ -n "$raised" ] && [ $tries -lt 10 ]; do
  dark=0
  for name in $raised; do
    get "/sys/class/net/$name/carrier"
    [ "$value" = 1 ] || dark=1
  done
  [ $dark -eq 1 ] || break
  tries=$((tries + 1))
  sleep 0.5
done
`;
}

function firmware(): Shell {
  return shell`section system
printf 'machine=%s\n' "$(uname -m)"
if [ -d /sys/firmware/efi ]; then echo mode=uefi; else echo mode=bios; fi
for field in sys_vendor product_name product_serial product_uuid bios_vendor bios_version bios_date; do
  get "/sys/class/dmi/id/$field"
  printf '%s=%s\n' "$field" "$value"
done`;
}

function processors(): Shell {
  return shell`section cpu
grep -E '^(processor|model name|physical id|core id)[[:space:]]*:' /proc/cpuinfo || :`;
}

function memory(): Shell {
  return shell`section memory
while read -r field value unit; do
  [ "$field" != MemTotal: ] || printf 'total=%s %s\n' "$value" "$unit"
done </proc/meminfo
section memory-modules
dmidecode -q -t 17 2>/dev/null || :`;
}

function disks(): Shell {
  return shell`section disks
udevadm settle --timeout=10 2>/dev/null || :
lsblk -J -b -o NAME,SERIAL,WWN,MODEL,SIZE,ROTA,RO,RM,TRAN,TYPE,FSTYPE,LABEL,PARTLABEL,MOUNTPOINT || :`;
}

function cards(): Shell {
  return shell`section nics
for card in /sys/class/net/*; do
  [ -e "$card/device" ] || continue
  # A card in a bond shows the address of the bond; its own is kept beside.
  get "$card/bonding_slave/perm_hwaddr"
  [ -n "$value" ] || get "$card/address"
  mac=$value
  get "$card/carrier"
  link=$value
  get "$card/speed"
  speed=$value
  driver=$(cd -P "$card/device/driver" 2>/dev/null && echo "\${PWD##*/}") || driver=
  printf '%s\t%s\t%s\t%s\t%s\n' "\${card##*/}" "$mac" "$link" "$speed" "$driver"
done`;
}
