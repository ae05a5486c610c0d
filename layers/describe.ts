import type { LayerDeeds } from './layer-digest.ts';
import { secretFile } from './parts/secret-file.ts';
import type { Layer } from './layer.ts';

/** All that would be done to a machine, for people: what each step is for, and below it what is run. */
export function describeLayer(
  { name, version, secrets = [] }: Pick<Layer, 'name' | 'version' | 'secrets'>,
  { demands, steps, verifications }: LayerDeeds,
): readonly string[] {
  const below = (text: string) => text.split('\n').map((line) => `      ${line}`);
  return [
    `${name} ${version}`,
    ...demands.map((demand) =>
      demand.kind === 'key'
        ? `  demands ${demand.name}: ${demand.url} has the key ${demand.fingerprint}`
        : `  demands ${demand.name}`,
    ),
    ...secrets.map((secret) => `  keeps ${secret.does} in ${secretFile(name, secret.name)}`),
    ...steps.flatMap((step) => [
      `  ${step.name}: ${step.does}${step.restarts ? ' The machine starts anew.' : ''}`,
      ...(step.done ? [`    unless`, ...below(step.done.text)] : []),
      `    runs`,
      ...below(step.script.text),
    ]),
    ...verifications.flatMap((one) =>
      one.kind === 'http'
        ? [`  verifies ${one.name}: ${one.url} answers ${one.status} with ${JSON.stringify(one.contains)}`]
        : [`  verifies ${one.name}`, ...below(one.script.text)],
    ),
  ];
}
