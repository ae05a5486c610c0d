import { type HostFacts, parseImageName } from '../model/index.ts';
import { type Mac, parseMac } from '../net/index.ts';
import { lines, type Shell, shell } from '../remote/index.ts';
import { parseArch, parseUuid } from './dmi.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';
import { parsePairs, SECTION_MARK, splitSections } from './sections.ts';

/** What it prints is little: os-release is cut off at 8 KiB. */
export const hostFactsBytes = 64 * 1024;

/**
 * Reads what a running system says about itself, and changes nothing. A container shows the firmware, serial and cards of
 * its host, which are not its own: there, machine-id (machine-id(5)) and the cards that container managers make count.
 */
export function hostFactsScript(): Shell {
  return lines(
    shell`export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
section() { printf '\n%s%s\n' ${SECTION_MARK} "$1"; }
# get FILE: its first line in $value, empty if it cannot be read
get() { value=; { IFS= read -r value <"$1"; } 2>/dev/null || :; }
container=$(systemd-detect-virt --container 2>/dev/null) || container=none
section system
printf 'machine=%s\n' "$(uname -m)"
if [ -d /sys/firmware/efi ]; then echo mode=uefi; else echo mode=bios; fi
printf 'container=%s\n' "$container"
for field in product_uuid product_serial; do
  get "/sys/class/dmi/id/$field"
  printf '%s=%s\n' "$field" "$value"
done
get /etc/machine-id
printf 'machine_id=%s\n' "$value"`,
    cards(),
    shell`section os-release
head -c 8192 /etc/os-release || :
section end`,
  );
}

/** Those with a device; in a container, where none has one: by the names of nspawn (host0, mv-), LXC, Docker. */
function cards(): Shell {
  return shell`section nics
for card in /sys/class/net/*; do
  [ ! -e "$card/device/physfn" ] || continue
  case $container:\${card##*/} in
  none:*) [ -e "$card/device" ] || continue ;;
  *:host0 | *:eth* | *:en* | *:mv-*) ;;
  *) continue ;;
  esac
  # A card in a bond shows the address of the bond; its own is kept beside.
  get "$card/bonding_slave/perm_hwaddr"
  [ -n "$value" ] || get "$card/address"
  printf '%s\n' "$value"
done`;
}

/** @throws CodedError REMOTE_OUTPUT_REFUSED beyond a limit, INVENTORY_INVALID naming the field */
export function parseHostFacts(output: string): HostFacts {
  const sections = splitSections(output);
  const section = (name: string): string => {
    const text = sections.get(name);
    if (text === undefined) throw invalid(name, 'is missing from the output');
    return text;
  };
  // The last frame says that nothing was cut off.
  section('end');
  const pairs = parsePairs(section('system'));
  const field = (name: string) => cleanText(name, pairs.get(name) ?? '');
  const firmware = field('mode');
  if (firmware !== 'bios' && firmware !== 'uefi') throw invalid('mode', 'is neither bios nor uefi');
  const isContainer = field('container') !== 'none';
  return {
    system: parseSystemName(section('os-release')),
    arch: parseArch(field('machine')),
    firmware,
    identity: {
      ...(isContainer
        ? identityOfContainer(field('machine_id'))
        : { uuid: parseUuid(field('product_uuid')), serial: field('product_serial') }),
      macs: parseMacs(section('nics')),
    },
  };
}

function identityOfContainer(machineId: string): { readonly uuid: string; readonly serial: string } {
  if (!/^[0-9a-f]{32}$/.test(machineId)) throw invalid('machine_id', 'is not what machine-id(5) says');
  const uuid = machineId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { uuid, serial: `container-${machineId}` };
}

function parseMacs(section: string): readonly Mac[] {
  const rows = section.split('\n').filter((row) => row.trim() !== '');
  if (rows.length > limits.nics) throw tooMuch('network cards', limits.nics);
  const macs = rows.map((row) => parseMac(row.trim())).filter((mac) => mac !== undefined);
  const own = macs.filter((mac) => mac !== '00:00:00:00:00:00');
  // Two machines are told apart by them (model/identity.ts).
  if (own.length === 0) throw invalid('nics', 'there is no network card with an Ethernet address');
  return [...new Set(own)].toSorted();
}

/** `ID` and `VERSION_ID` of os-release(5), whose values may stand in quotes of either kind. */
function parseSystemName(section: string): string {
  const pairs = parsePairs(section);
  const value = (name: string) => cleanText(name, pairs.get(name) ?? '').replace(/^(["'])(.*)\1$/, '$2');
  const name = `${value('ID')}/${value('VERSION_ID')}`;
  if (parseImageName(name) === undefined)
    throw invalid(
      'os-release',
      `ID and VERSION_ID say ${JSON.stringify(name)}, which is no name of a system`,
    );
  return name;
}
