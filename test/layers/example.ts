import { type Layer, type LayerContext, parseParameters } from '../../layers/index.ts';
import { ipv4 } from '../../net/index.ts';

/** A layer as it is asked for, on one machine; `test/layers/plans/NAME.ts` exports some as `examples`. */
export interface Example {
  /** Also the name of its snapshot: `NAME.TITLE.txt`. */
  readonly title: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  readonly system?: string;
  readonly role?: string;
  readonly members?: LayerContext<unknown>['members'];
}

export function exampleContext(
  layer: Layer,
  { title: _title, parameters = {}, ...on }: Example,
): LayerContext<unknown> {
  return {
    machineName: 'node-1',
    address: ipv4('10.78.0.20'),
    system: 'debian/12',
    packageProxy: 'http://10.78.0.254:3142',
    members: [],
    parameters: parseParameters(layer, parameters),
    ...on,
  };
}
