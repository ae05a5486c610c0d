import { type Shell, shell } from '../../remote/index.ts';

/**
 * What a layer brought, written down before it comes, so that removing the layer takes that away and nothing that was
 * there before. Each is a file of its own.
 */
export function broughtFile(layer: string, thing: string): string {
  return `/var/lib/rackwright/brought/${layer}/${thing}`;
}

/** Notes the thing unless `isThere` says that it is there already. A second run of a step that was cut off notes nothing new. */
export function noteUnless(layer: string, thing: string, isThere: Shell): Shell {
  const file = broughtFile(layer, thing);
  return shell`mkdir -p ${broughtFile(layer, '')}
[ -e ${file} ] || ${isThere} || : >${file}`;
}
