import { join } from 'node:path';
import { namespaceName } from '../rack/addresses.ts';

/** Of the network: a virtual rack of the same name is another one. */
export function networkName(rack: string): string {
  // By itself, too: nothing at all would become a good name.
  namespaceName(rack);
  return `c-${rack}`;
}

/** Of namespace, control groups and systemd-nspawn's own files; a dot is in no rack's name, so no rack owns another's. */
export function machineId(rack: string, machine: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$/.test(machine))
    throw new Error(`a machine's name is of small letters, digits and dashes, not "${machine}"`);
  return `${rackMark(rack)}${machine}`;
}

/** What the ids of all machines of a rack begin with. */
export function rackMark(rack: string): string {
  return `${namespaceName(networkName(rack))}.`;
}

/** The rack's name is checked, because `containersDown` removes this. */
export function containersDirectory(rack: string, labDirectory: string): string {
  rackMark(rack);
  return join(labDirectory, 'containers', rack);
}
