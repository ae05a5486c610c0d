import { type CancellationScope, executeChild } from '@temporalio/workflow';
import type { AppliedLayer, LayerRequest } from '../model/layer.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { PowerAction } from '../model/power.ts';
import type { DeployRequest, ReleaseRequest, RescueRequest, TestRequest } from '../model/requests.ts';
import { type MachineState, runsItsSystem } from '../model/transitions.ts';
import { commission } from './commission.ts';
import { deploy } from './deploy.ts';
import { applyLayer, removeLayer } from './layer.ts';
import { machineWorkflowId } from './messages.ts';
import { power } from './power.ts';
import { release } from './release.ts';
import { exitRescue, rescue } from './rescue.ts';
import { now } from './steps.ts';
import { test } from './test.ts';

/** What an operator asked of a machine. */
export type Ask =
  | { readonly kind: 'commission' }
  | { readonly kind: 'test'; readonly request: TestRequest }
  | { readonly kind: 'deploy'; readonly request: DeployRequest }
  | { readonly kind: 'release'; readonly request?: ReleaseRequest }
  | { readonly kind: 'rescue'; readonly request: RescueRequest }
  | { readonly kind: 'exit-rescue' }
  | { readonly kind: 'power'; readonly action: PowerAction }
  | { readonly kind: 'apply-layer'; readonly request: LayerRequest }
  | { readonly kind: 'remove-layer'; readonly request: LayerRequest };

export interface Command {
  readonly ask: Ask;
  /** As it was when the operation was accepted. */
  readonly machine: MachineRecord;
  /** Where it stood before. */
  readonly before: { readonly state: MachineState; readonly aside?: readonly MachineState[] };
  readonly operation: Operation;
  /** Cancelled when an operator stops the operation. */
  readonly scope: CancellationScope;
}

/** What an operation changed about its machine. */
export interface Outcome {
  readonly change: Partial<MachineRecord>;
  readonly forget?: readonly ('session' | 'deployment')[];
}

/** Runs the operation as a child workflow. */
export async function execute({ ask, machine, before, operation }: Command): Promise<Outcome> {
  const workflowId = machineWorkflowId(operation.id);
  const about = { machine, operation };
  const seen = (state: MachineRecord['observedPower']['state']) => ({ state, at: now() });
  switch (ask.kind) {
    case 'commission': {
      const found = await executeChild(commission, { workflowId, args: [about] });
      return { change: { ...found, observedPower: seen('on') } };
    }
    case 'test': {
      const session = await executeChild(test, { workflowId, args: [{ ...about, request: ask.request }] });
      return { change: { session, observedPower: seen('on') } };
    }
    case 'deploy': {
      const done = await executeChild(deploy, { workflowId, args: [{ ...about, request: ask.request }] });
      return { change: { ...done, observedPower: seen('on') }, forget: ['session'] };
    }
    case 'release': {
      const { request } = ask;
      const observed = await executeChild(release, {
        workflowId,
        args: [{ ...about, ...(request && { request }) }],
      });
      return { change: { layers: [], observedPower: seen(observed) }, forget: ['session', 'deployment'] };
    }
    case 'rescue': {
      const session = await executeChild(rescue, { workflowId, args: [{ ...about, request: ask.request }] });
      return { change: { session, observedPower: seen('on') } };
    }
    case 'exit-rescue': {
      const returnsTo = before.aside?.at(-1);
      const observed = await executeChild(exitRescue, {
        workflowId,
        args: [{ ...about, starts: runsItsSystem(returnsTo) }],
      });
      return { change: { observedPower: seen(observed) }, forget: ['session'] };
    }
    case 'power': {
      const observed = await executeChild(power, { workflowId, args: [{ ...about, action: ask.action }] });
      return { change: { observedPower: seen(observed) } };
    }
    case 'apply-layer': {
      const answer: AppliedLayer | readonly AppliedLayer[] = await executeChild(applyLayer, {
        workflowId,
        args: [{ ...about, request: ask.request }],
      });
      // Histories of before: one.
      const laid = [answer].flat();
      const others = machine.layers.filter((old) => !laid.some(({ name }) => name === old.name));
      return { change: { layers: [...others, ...laid] } };
    }
    case 'remove-layer': {
      const { request } = ask;
      const laid = machine.layers.find(({ name }) => name === request.layer);
      // With what it was laid with: what is to be taken away may depend on it.
      const as = laid && {
        parameters: laid.parameters ?? request.parameters,
        ...(laid.role !== undefined && { role: laid.role }),
        ...(laid.members && { members: laid.members }),
      };
      await executeChild(removeLayer, { workflowId, args: [{ ...about, request: { ...request, ...as } }] });
      return { change: { layers: machine.layers.filter(({ name }) => name !== ask.request.layer) } };
    }
  }
}

/** One sentence for the list of operations. */
export function summaryOf(ask: Ask): string {
  switch (ask.kind) {
    case 'commission':
      return 'Learn what the machine is';
    case 'test':
      return `Test it${[...ask.request.scripts, ...(ask.request.tags ?? [])].map((word) => ` ${word}`).join(',')}`;
    case 'deploy': {
      const layers = ask.request.layers.map(({ layer }) => layer).join(', ');
      const where = ask.request.ephemeral ? 'Run it from memory:' : 'Put';
      return `${where} ${ask.request.image}${ask.request.ephemeral ? '' : ' on it'}${layers && ` with ${layers}`}`;
    }
    case 'release':
      return ask.request && ask.request.erase !== 'none'
        ? `Give it back; erase its disks (${ask.request.erase})`
        : 'Give it back; its disks keep what they hold';
    case 'rescue':
      return 'Start a rescue system in its memory';
    case 'exit-rescue':
      return 'Leave the rescue system';
    case 'power':
      return `Power ${ask.action}`;
    case 'apply-layer':
      return `${ask.request.only === 'verify' ? 'Use' : 'Lay'} ${ask.request.layer}`;
    case 'remove-layer':
      return `Take ${ask.request.layer} away`;
  }
}
