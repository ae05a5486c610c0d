import { controllerOf, hasVolumes } from './duties.ts';
import type { Context } from './parameters.ts';

/** What is asked from outside of the controller, and where. Ports and paths are those of the projects' own pages. */
export const endpoints = {
  identity: { port: 5000, path: '/v3' },
  image: { port: 9292, path: '' },
  placement: { port: 8778, path: '' },
  compute: { port: 8774, path: '/v2.1' },
  network: { port: 9696, path: '' },
  // Python's own: keystone puts the number of the project in.
  volume: { port: 8776, path: '/v3/%(project_id)s' },
  metadata: { port: 8775, path: '' },
  console: { port: 6080, path: '/vnc_auto.html' },
} as const satisfies Readonly<Record<string, { readonly port: number; readonly path: string }>>;

export type Endpoint = keyof typeof endpoints;

/** What this cloud has of them. */
export function endpointsIn(context: Pick<Context, 'members'>): readonly Endpoint[] {
  const all = Object.keys(endpoints) as readonly Endpoint[];
  return all.filter((name) => name !== 'volume' || hasVolumes(context));
}

type Whole = Pick<Context, 'members' | 'parameters'>;

/** As whom machines and users know the controller. */
export function hostOf(context: Whole): string {
  return context.parameters.hostname ?? controllerOf(context).address;
}

/** The one place that knows how an address of the cloud is written. */
export function endpointOf(name: Endpoint, context: Whole): string {
  return `${rootOf(name, context)}${endpoints[name].path}`;
}

/** Without the version that is asked for: clients find out about that by themselves. */
export function rootOf(name: Endpoint, context: Whole): string {
  return `https://${hostOf(context)}:${endpoints[name].port}`;
}

/**
 * A service itself speaks plain HTTP, and listens on the loopback alone: Apache is before it. On another port, so that
 * Apache may have every address, also those that the machine gets after Apache has started.
 */
export const BEHIND = 10_000;
export const LOOPBACK = '127.0.0.1';

export function portBehind(name: Endpoint): number {
  return endpoints[name].port + BEHIND;
}
