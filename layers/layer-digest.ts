import { createHash } from 'node:crypto';
import type { Demand, Layer, LayerStep, Verification } from './layer.ts';

/** Everything that a layer will run on one machine. */
export interface LayerDeeds {
  readonly demands: readonly Demand[];
  readonly steps: readonly LayerStep[];
  readonly verifications: readonly Verification[];
}

/**
 * SHA-256, in hexadecimal, of all of it. What was consented to has this digest; a layer that was changed since has
 * another (docs/security.md, rule 14).
 */
export function layerDigest(
  { name, version }: Pick<Layer, 'name' | 'version'>,
  { demands, steps, verifications }: LayerDeeds,
): string {
  const text = JSON.stringify([
    [name, version],
    demands.map((one) =>
      one.kind === 'key'
        ? [one.kind, one.name, one.url, one.fingerprint]
        : [one.kind, one.name, one.code, one.script.text],
    ),
    steps.map((step) => [
      step.name,
      step.does,
      step.done?.text ?? null,
      step.script.text,
      step.deadlineMs,
      step.restarts ?? false,
    ]),
    verifications.map((one) =>
      one.kind === 'http'
        ? [one.kind, one.name, one.url, one.status, one.contains]
        : [one.kind, one.name, one.script.text, one.deadlineMs ?? null],
    ),
  ]);
  return createHash('sha256').update(text).digest('hex');
}
