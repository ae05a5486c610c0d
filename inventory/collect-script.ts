import { awaitDisks } from '../disks/index.ts';
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
get() { value=; { IFS= read -r value <"$1"; } 2>/dev/null || :; }
# What is made by software has no device, a function of a shared card is no card of its own.
isCard() { [ -e "$1/device" ] && [ ! -e "$1/device/physfn" ]; }
tab='	'
newline='
'`,
    raiseLinks(),
    firmware(),
    processors(),
    memory(),
    disks(),
    cards(),
    numa(),
    buses(),
    diskHealth(),
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
  isCard "$card" || continue
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
for field in sys_vendor product_name product_version product_serial product_uuid bios_vendor bios_version bios_date \\
  board_vendor board_name board_serial board_version chassis_vendor chassis_type chassis_serial modalias; do
  get "/sys/class/dmi/id/$field"
  printf '%s=%s\n' "$field" "$value"
done
# Four bytes of attributes, then 1 or 0 (UEFI 2.10, sections 3.3 and 8.2).
for variable in /sys/firmware/efi/efivars/SecureBoot-*; do
  [ ! -r "$variable" ] || printf 'secure_boot=%s\n' "$(od -An -tu1 -j4 -N1 "$variable" 2>/dev/null)"
done
if [ -e /sys/class/tpm/tpm0 ]; then
  get /sys/class/tpm/tpm0/tpm_version_major
  printf 'tpm=%s\n' "\${value:-2}"
fi`;
}

function processors(): Shell {
  return shell`section cpu
awk '/^(processor|model name|physical id|core id)[ \t]*:/ || (/^(flags|Features)[ \t]*:/ && !seen++)' /proc/cpuinfo || :`;
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
${awaitDisks()}
lsblk -J -b -o NAME,SERIAL,WWN,MODEL,SIZE,ROTA,RO,RM,TRAN,TYPE,FSTYPE,LABEL,PARTLABEL,MOUNTPOINT,REV,PHY-SEC || :
section disk-paths
find /dev/disk/by-path -type l -printf '%f\t%l\n' 2>/dev/null || :`;
}

function cards(): Shell {
  return shell`section nics
for card in /sys/class/net/*; do
  isCard "$card" || continue
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
done
section nic-details
for card in /sys/class/net/*; do
  isCard "$card" || continue
  where=$(cd -P "$card/device" 2>/dev/null && echo "\${PWD##*/}") || where=
  # virtio and USB put a device of their own between the card and its slot.
  case $where in
  *:*:*.*) ;;
  *) where=$(cd -P "$card/device/.." 2>/dev/null && echo "\${PWD##*/}") || where= ;;
  esac
  version=
  if command -v ethtool >/dev/null; then
    version=$(ethtool -i "\${card##*/}" 2>/dev/null) || version=
    case $version in
    *firmware-version:*) version=\${version#*firmware-version: } version=\${version%%"$newline"*} ;;
    *) version= ;;
    esac
  fi
  printf '%s\t%s\t%s\n' "\${card##*/}" "$where" "$version"
done`;
}

/** By grep, not by the shell: dash reads a byte at a time, which the kernel does not answer for lists of processors. */
function numa(): Shell {
  return shell`section numa
grep -H -m1 . /sys/devices/system/node/node[0-9]*/cpulist /sys/devices/system/node/node[0-9]*/meminfo 2>/dev/null || :`;
}

/** By the kernel's own files, which cost nothing; lspci adds the names. */
function buses(): Shell {
  return shell`section pci
for slot in /sys/bus/pci/devices/*; do
  [ -e "$slot/vendor" ] || continue
  [ ! -e "$slot/physfn" ] || continue
  get "$slot/class"
  line="\${slot##*/}$tab$value"
  for field in vendor device modalias; do
    get "$slot/$field"
    line="$line$tab$value"
  done
  driver=
  if cd -P "$slot/driver" 2>/dev/null; then driver=\${PWD##*/}; fi
  printf '%s\t%s\n' "$line" "$driver"
done
cd /
section pci-names
lspci -mm -nn -D 2>/dev/null || :
section usb
for port in /sys/bus/usb/devices/*; do
  [ -e "$port/idVendor" ] || continue
  # Hubs carry other devices and are none (USB 2.0, 11.23.1).
  get "$port/bDeviceClass"
  [ "$value" != 09 ] || continue
  line=
  for field in idVendor idProduct manufacturer product serial; do
    get "$port/$field"
    line="$line$value$tab"
  done
  printf '%s\n' "$line"
done`;
}

/**
 * Disks are asked side by side: one that has to spin up first takes ten seconds. Virtual disks have nothing to tell.
 */
function diskHealth(): Shell {
  return shell`section disk-health
answers=''
asked=0
ask() {
  [ -n "$answers" ] || answers=$(mktemp -d) || return 0
  {
    printf '@disk %s\n' "$1"
    case $tool in
    smartctl) timeout 20 smartctl -j -i -H -A "/dev/$1" ;;
    nvme) timeout 20 nvme smart-log -o json "/dev/$1" ;;
    esac
    echo
  } >"$answers/$1" 2>/dev/null &
  asked=$((asked + 1))
  [ $((asked % 32)) -ne 0 ] || wait
}
for disk in /sys/block/*; do
  [ -e "$disk/device" ] || continue
  name=\${disk##*/}
  case $name in
  vd* | sr* | fd* | nbd* | xvd* | mmcblk*) continue ;;
  nvme*) tool=nvme ;;
  *) tool= ;;
  esac
  if command -v smartctl >/dev/null; then tool=smartctl; fi
  if [ -z "$tool" ] || ! command -v "$tool" >/dev/null; then continue; fi
  ask "$name"
done
if [ -n "$answers" ]; then
  wait
  cat "$answers"/* || :
  rm -rf "$answers"
fi`;
}
