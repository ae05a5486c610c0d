import { controllerOf } from './duties.ts';
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

/** The one place that knows how an address of the cloud is written. */
export function endpointOf(name: Endpoint, context: Pick<Context, 'members'>): string {
  return `${rootOf(name, context)}${endpoints[name].path}`;
}

/** Without the version that is asked for: clients find out about that by themselves. */
export function rootOf(name: Endpoint, context: Pick<Context, 'members'>): string {
  return `http://${controllerOf(context).address}:${endpoints[name].port}`;
}
