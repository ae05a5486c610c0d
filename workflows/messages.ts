import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LayerRequest, Laying } from '../model/layer.ts';
import type { Deployment, EphemeralSession, MachineRecord } from '../model/machine.ts';
import type { PowerAction } from '../model/power.ts';
import type {
  Accepted,
  Arrival,
  ConfigureRequest,
  DeployRequest,
  MarkRequest,
  ReleaseRequest,
  RescueRequest,
  TestRequest,
} from '../model/requests.ts';
import type { MarkKind } from '../model/transitions.ts';

/** Everything that can be said to a workflow, and where it listens. Names on the wire are permanent. */

export const CONTROL_QUEUE = 'control';
/** Work that must run near the machines of a site: BMC, SSH, boot. */
export const siteQueue = (site: string): string => `site/${site}`;
export const machineWorkflowId = (machineId: string): string => `machine/${machineId}`;
export const layingWorkflowId = (id: string): string => `layers/${id}`;
/** Of a child workflow of a machine: its id, as `m-8f2k1/deploy/3`. */
export const operationOf = (workflowId: string | undefined): string | undefined =>
  /^machine\/([^/]+\/[^/]+\/\d+)$/.exec(workflowId ?? '')?.[1];

export const arrivalUpdate = defineUpdate<{ readonly name: string }, [Arrival]>('arrival');
export const commissionUpdate = defineUpdate<Accepted, []>('commission');
export const deployUpdate = defineUpdate<Accepted, [DeployRequest]>('deploy');
/** Without a request its disks keep what they hold. */
export const releaseUpdate = defineUpdate<Accepted, [ReleaseRequest?]>('release');
export const testUpdate = defineUpdate<Accepted, [TestRequest]>('test');
export const rescueUpdate = defineUpdate<Accepted, [RescueRequest]>('rescue');
export const exitRescueUpdate = defineUpdate<Accepted, []>('exitRescue');
export const powerUpdate = defineUpdate<Accepted, [{ readonly action: PowerAction }]>('power');
export const applyLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('applyLayer');
export const removeLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('removeLayer');
export const configureUpdate = defineUpdate<void, [ConfigureRequest]>('configure');
export const markUpdate = defineUpdate<Accepted, [MarkKind, MarkRequest]>('mark');
/** Stops what is at work. When nothing is, that is fine too: the answer names the last operation. */
export const abortUpdate = defineUpdate<Accepted, [MarkRequest]>('abort');
export const layingQuery = defineQuery<Laying>('laying');
export const recordQuery = defineQuery<MachineRecord>('record');

/** From the entity to the operation at work: the machine it waits for has arrived. */
export const arrivedSignal = defineSignal<[EphemeralSession]>('arrived');

export interface Installed {
  readonly operationId: string;
  readonly deployment: Deployment;
}
/** From a deployment to its entity: whatever becomes of its layers, the system is there. */
export const installedSignal = defineSignal<[Installed]>('installed');
