/** How long a simulated machine takes for what costs real ones seconds and minutes. Milliseconds. */
export interface Pace {
  /** From power to the first DHCP datagram. */
  readonly postMs: number;
  readonly dhcpRetryMs: number;
  readonly ipxeRetryMs: number;
  readonly kernelMs: number;
  readonly userspaceMs: number;
  readonly seedRetryMs: number;
  readonly helloRetryMs: number;
  /** One command over SSH. */
  readonly commandMs: number;
  /** One step of an installation. */
  readonly jobMs: number;
  /** From kexec to SSH of the installed system. */
  readonly kexecMs: number;
}

export const briskPace: Pace = {
  postMs: 50,
  dhcpRetryMs: 1_000,
  ipxeRetryMs: 1_000,
  kernelMs: 20,
  userspaceMs: 30,
  seedRetryMs: 1_000,
  helloRetryMs: 1_000,
  commandMs: 2,
  jobMs: 30,
  kexecMs: 100,
};

export function slowed(pace: Pace, factor: number): Pace {
  return Object.fromEntries(Object.entries(pace).map(([name, ms]) => [name, ms * factor])) as unknown as Pace;
}
