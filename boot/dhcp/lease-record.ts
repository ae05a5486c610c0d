import { parseIpv4, parseMac } from '../../net/index.ts';
import type { Lease } from './world.ts';

/** One line of the journal. */
export function formatLease(lease: Lease): string {
  return JSON.stringify(lease);
}

/** Undefined when the line is no lease: torn by a crash, or edited by hand. */
export function parseLease(line: string): Lease | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { address: ip, mac: card, state, until, clientId } = value as Record<string, unknown>;
  const address = typeof ip === 'string' ? parseIpv4(ip) : undefined;
  const mac = typeof card === 'string' ? parseMac(card) : undefined;
  if (!address || !mac || typeof until !== 'number' || !Number.isFinite(until)) return undefined;
  if (state !== 'bound' && state !== 'released' && state !== 'declined') return undefined;
  return { address, mac, state, until, ...(typeof clientId === 'string' && { clientId }) };
}
