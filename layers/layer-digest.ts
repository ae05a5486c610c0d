import { createHash } from 'node:crypto';
import type { Layer, LayerStep, Verification } from './layer.ts';

/**
 * SHA-256, in hexadecimal, of everything that a layer will run on one machine. What was consented to has this digest; a
 * layer that was changed since has another (docs/security.md, rule 14).
 */
export function layerDigest(
  { name, version }: Pick<Layer, 'name' | 'version'>,
  steps: readonly LayerStep[],
  verifications: readonly Verification[],
): string {
  const text = JSON.stringify([
    [name, version],
    steps.map((step) => [step.name, step.does, step.done?.text ?? null, step.script.text, step.deadlineMs]),
    verifications.map((one) =>
      one.kind === 'http'
        ? [one.kind, one.name, one.url, one.status, one.contains]
        : [one.kind, one.name, one.script.text],
    ),
  ]);
  return createHash('sha256').update(text).digest('hex');
}
