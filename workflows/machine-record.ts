import type { Failure } from '../model/errors.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Arrival } from '../model/requests.ts';
import { end, workIn } from '../model/transitions.ts';
import { now } from './steps.ts';

/**
 * A machine that arrived for the first time, one that runs a system already, what the run before handed on, or what the
 * store knows of a lost one.
 */
export type MachineInput =
  | { readonly kind: 'first'; readonly id: string; readonly arrival: Arrival }
  | { readonly kind: 'adopted'; readonly record: MachineRecord }
  | {
      readonly kind: 'continued' | 'revived';
      readonly record: MachineRecord;
      readonly operationCount: number;
    };

export const lost: Failure = {
  code: 'INTERNAL',
  message: 'The workflow of the machine was ended from outside; what it was doing ended with it.',
};

export function without(
  record: MachineRecord,
  field: 'session' | 'deployment' | 'failure' | 'locked',
): MachineRecord {
  const { [field]: _dropped, ...rest } = record;
  return rest;
}

/** Its operation, if one was at work, ended with the workflow that somebody ended. */
export function recordFrom(input: MachineInput): MachineRecord {
  switch (input.kind) {
    case 'first':
      return firstRecord(input.id, input.arrival);
    case 'adopted':
    case 'continued':
      return input.record;
    case 'revived': {
      const { record } = input;
      const kind = workIn(record.state);
      // A newer version all the same: the store then shows who is at work again.
      const version = record.version + 1;
      if (!kind) return { ...record, version };
      const stands = end(kind, record.deployment ? 'halfway' : 'failure', record, record);
      return { ...record, ...stands, version, failure: lost, updatedAt: now() };
    }
  }
}

function firstRecord(id: string, arrival: Arrival): MachineRecord {
  const at = now();
  return {
    id,
    version: 1,
    name: arrival.declared?.name ?? id,
    site: arrival.site,
    state: 'New',
    identity: arrival.identity,
    firmware: arrival.firmware,
    arch: arrival.arch,
    power: arrival.declared?.power ?? { driver: 'manual' },
    observedPower: { state: 'on', at },
    session: arrival.session,
    layers: [],
    createdAt: at,
    updatedAt: at,
  };
}
