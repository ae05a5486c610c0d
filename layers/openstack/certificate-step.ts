import { lines, shell } from '../../remote/index.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { makeSharedAuthority, makeSharedCertificate } from '../parts/shared-authority.ts';
import { controllerOf, does } from './duties.ts';
import type { Context } from './parameters.ts';
import { TLS_FOLDER } from './paths.ts';
import { fileOf } from './secrets.ts';
import { markStale } from './services-step.ts';
import { namesOf, tlsOf } from './tls.ts';

export function certificateSteps(context: Context): readonly LayerStep[] {
  if (context.parameters.certificate === 'files') return [];
  const { address } = controllerOf(context);
  const order = { folder: TLS_FOLDER, names: namesOf(context), address, seed: fileOf('authority') };
  const authority = makeSharedAuthority(order);
  if (!does(context, 'control')) return [authority];
  const certificate = makeSharedCertificate(order);
  return [authority, { ...certificate, script: lines(markStale('apache'), certificate.script) }];
}

/** Certificate and key are the controller's alone; every machine has to know whom to trust. */
export function certificateDemands(context: Context): readonly Demand[] {
  if (context.parameters.certificate !== 'files') return [];
  const { certificate, key, authority } = tlsOf(context);
  const files = does(context, 'control') ? [certificate, key, authority] : [authority];
  return files.map((file) => ({
    kind: 'script',
    name: `${file} on the machine`,
    code: 'LAYER_UNMET',
    script: shell`[ -s ${file} ] || { echo ${file} is not on the machine; exit 1; }`,
  }));
}
