/**
 * An image of the same name and the same outside as one that cannot be pulled here: the same command, environment,
 * files and ports, made of what the distribution has.
 */
export interface StandIn {
  readonly name: string;
  /** What follows `FROM`: Dockerfile lines that need no network. */
  readonly lines: readonly string[];
  /** Files of the build context: programs, directories of this computer by their paths, or texts. */
  readonly files: Readonly<Record<string, { readonly path: string } | { readonly text: string }>>;
}

export const BASE_IMAGE = 'rackwright-stand-in:base';

/** Of the distribution; what any of the stand-ins or our own image needs. */
export const BASE_PACKAGES: readonly string[] = [
  ...['ca-certificates', 'busybox', 'procps', 'postgresql'],
  ...['ipmitool', 'openssh-client', 'qemu-utils', 'xz-utils', 'zstd'],
];
