/**
 * Where a secret of a layer is on its machines: mode 0600, root's, without a line break at its end. Scripts read it
 * from there, so that it is in no argument, no log, no history and no plan.
 */
export function secretFile(layer: string, secret: string): string {
  return `${secretFolder(layer)}/${secret}`;
}

export function secretFolder(layer: string): string {
  return `/var/lib/rackwright/secrets/${layer}`;
}
