import { executeChild } from '@temporalio/workflow';
import type { MachineRecord } from '../model/machine.ts';
import type { PowerAction } from '../model/power.ts';
import type { Operation } from '../model/operation.ts';
import { commission } from './commission.ts';
import { deploy } from './deploy.ts';
import { applyLayer, removeLayer } from './layer.ts';
import type { DeployRequest, LayerRequest } from '../model/requests.ts';
import { machineWorkflowId } from './messages.ts';
import { power } from './power.ts';
import { release } from './release.ts';
import { now } from './steps.ts';

/** What an operator asked of a machine. */
export type Ask =
  | { readonly kind: 'commission' }
  | { readonly kind: 'deploy'; readonly request: DeployRequest }
  | { readonly kind: 'release' }
  | { readonly kind: 'power'; readonly action: PowerAction }
  | { readonly kind: 'apply-layer'; readonly request: LayerRequest }
  | { readonly kind: 'remove-layer'; readonly request: LayerRequest };

export interface Command {
  readonly ask: Ask;
  /** As it was when the operation was accepted. */
  readonly machine: MachineRecord;
  readonly operation: Operation;
}

/** What an operation changed about its machine. */
export interface Outcome {
  readonly change: Partial<MachineRecord>;
  readonly forget?: readonly ('session' | 'deployment')[];
}

/** Runs the operation as a child workflow. */
export async function execute({ ask, machine, operation }: Command): Promise<Outcome> {
  const workflowId = machineWorkflowId(operation.id);
  const about = { machine, operation };
  switch (ask.kind) {
    case 'commission': {
      const found = await executeChild(commission, { workflowId, args: [about] });
      return { change: { ...found, state: 'Ready', observedPower: { state: 'on', at: now() } } };
    }
    case 'deploy': {
      const done = await executeChild(deploy, { workflowId, args: [{ ...about, request: ask.request }] });
      const change = { ...done, state: 'Deployed', observedPower: { state: 'on', at: now() } } as const;
      return { change, forget: ['session'] };
    }
    case 'release': {
      const observed = await executeChild(release, { workflowId, args: [about] });
      const change = { state: 'Ready', layers: [], observedPower: { state: observed, at: now() } } as const;
      return { change, forget: ['session', 'deployment'] };
    }
    case 'power': {
      const observed = await executeChild(power, { workflowId, args: [{ ...about, action: ask.action }] });
      return { change: { observedPower: { state: observed, at: now() } } };
    }
    case 'apply-layer': {
      const layer = await executeChild(applyLayer, {
        workflowId,
        args: [{ ...about, request: ask.request }],
      });
      return { change: { layers: [...machine.layers.filter(({ name }) => name !== layer.name), layer] } };
    }
    case 'remove-layer': {
      await executeChild(removeLayer, { workflowId, args: [{ ...about, request: ask.request }] });
      return { change: { layers: machine.layers.filter(({ name }) => name !== ask.request.layer) } };
    }
  }
}

/** One sentence for the list of operations. */
export function summaryOf(ask: Ask): string {
  switch (ask.kind) {
    case 'commission':
      return 'Learn what the machine is';
    case 'deploy': {
      const layers = ask.request.layers.map(({ layer }) => layer).join(', ');
      return `Put ${ask.request.image} on it${layers && ` with ${layers}`}`;
    }
    case 'release':
      return 'Give it back; its disks keep what they hold';
    case 'power':
      return `Power ${ask.action}`;
    case 'apply-layer':
      return `Lay ${ask.request.layer}`;
    case 'remove-layer':
      return `Take ${ask.request.layer} away`;
  }
}
