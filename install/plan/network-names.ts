import type { Nic } from '../../model/index.ts';
import type { Mac } from '../../net/index.ts';
import { interfaceName } from './interface-name.ts';
import { quoted, refuse } from './refuse.ts';

/** Linux: IFNAMSIZ is 16 with the NUL. Narrower than the kernel's rule: it must mean itself to every network tool. */
const linkName = /^[a-z][a-z0-9_-]{0,14}$/;
/** What the kernel names cards before they get their own name, what sysfs and sysctl keep for themselves, and bridge-utils-interfaces(5). */
const taken = /^(lo|all|default|none|regex|noregex|bonding_masters|(eth|usb|wlan|net)\d+)$/;

/** By MAC, the name that each card will have. Those with a name of the kernel's own become `net0`, `net1`, … */
export function cardNames(nics: readonly Nic[]): ReadonlyMap<Mac, string> {
  const names = new Map<Mac, string>();
  const used = new Set<string>();
  let next = 0;
  for (const { name, mac } of nics) {
    let wanted = interfaceName(name);
    if (wanted === 'net0' || used.has(wanted)) {
      do wanted = `net${next++}`;
      while (
        used.has(wanted) ||
        nics.some((nic) => nic.name === wanted && interfaceName(wanted) === wanted && nic.mac !== mac)
      );
    }
    used.add(wanted);
    names.set(mac, wanted);
  }
  return names;
}

/** Of a bond or bridge. */
export function checkLinkName(name: string, path: string, nics: readonly Nic[]): void {
  if (!linkName.test(name) || /^vlan\d/.test(name)) {
    refuse(
      path,
      `${quoted(name)} is no name for it: a small letter, then small letters, digits, _ and -; at most 15, and not like a VLAN's.`,
    );
  }
  checkFree(name, path, nics);
}

/**
 * Debian's tools read the number from names such as `bond0.100` and `vlan100`, whatever else they are told: such a name
 * must say the truth (package vlan, vlan-interfaces(5)).
 */
export function checkVlanName(
  name: string,
  path: string,
  { nics, id, link }: { readonly nics: readonly Nic[]; readonly id: number; readonly link: string },
): void {
  if (name === `${link}.${id}` && name.length <= 15) return;
  const number = /^vlan(\d.*)$/.exec(name)?.[1];
  if (!linkName.test(name) || (number !== undefined && number !== String(id))) {
    refuse(
      path,
      `${quoted(name)} is no name for VLAN ${id} of ${link}: at most 15 characters; ${link}.${id}, vlan${id}, or a word of small letters, digits, _ and -.`,
    );
  }
  checkFree(name, path, nics);
}

function checkFree(name: string, path: string, nics: readonly Nic[]): void {
  if (taken.test(name)) refuse(path, `${name} is a name that the system keeps for itself.`);
  if (nics.some((nic) => nic.name === name)) refuse(path, `A card of the machine is named ${name}.`);
}
