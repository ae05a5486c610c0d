import { z } from 'zod';

/** netdevice(7): 15 bytes; what is special to a shell, to ifupdown or to netplan is in no sane name. */
const interfaceName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,14}$/, 'is no name of an interface');

/** Of layers whose guests may stand in the machine's own network. Without `bridge` there is none. */
export const bridgeParameters = {
  /** Its name, like `br0`. */
  bridge: interfaceName.optional(),
  /** Default: the interface of the default route, or else the one with the machine's address. */
  bridgePort: interfaceName.optional(),
  stp: z.boolean().default(false),
  /** Seconds, as are the next three. */
  forwardDelay: z.int().min(0).max(30).default(0),
  hello: z.int().min(1).max(10).default(2),
  maxAge: z.int().min(6).max(40).default(20),
  /** After which the old configuration comes back unless the machine was reached over the bridge. */
  bridgeTrial: z.int().min(15).max(600).default(90),
};

export interface BridgeParameters {
  readonly bridge?: string | undefined;
  readonly bridgePort?: string | undefined;
  readonly stp: boolean;
  readonly forwardDelay: number;
  readonly hello: number;
  readonly maxAge: number;
  readonly bridgeTrial: number;
}

/** Undefined when they fit together. */
export function bridgeFault(parameters: BridgeParameters): string | undefined {
  const { bridge, bridgePort, stp, forwardDelay, hello, maxAge, bridgeTrial } = parameters;
  if (bridge === undefined)
    return bridgePort === undefined ? undefined : 'bridgePort is nothing without bridge';
  if (bridge === bridgePort) return 'bridge and bridgePort have the same name';
  if (!stp) return undefined;
  // IEEE 802.1D-1998, 8.10.2.
  if (forwardDelay < 2) return 'with stp, forwardDelay is 2 at least';
  if (2 * (forwardDelay - 1) < maxAge || maxAge < 2 * (hello + 1))
    return 'with stp, 2 × (forwardDelay - 1) ≥ maxAge ≥ 2 × (hello + 1)';
  // Nothing passes a port before it has listened and learned.
  return bridgeTrial > 2 * forwardDelay + 10 ? undefined : 'bridgeTrial is over before the port forwards';
}
