import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { EphemeralSession, MachineRecord } from '../model/machine.ts';
import type { PowerAction } from '../model/power.ts';
import type { Accepted, Arrival, ConfigureRequest, DeployRequest, LayerRequest } from '../model/requests.ts';

/** Everything that can be said to a workflow, and where it listens. Names on the wire are permanent. */

export const CONTROL_QUEUE = 'control';
/** Work that must run near the machines of a site: BMC, SSH, boot. */
export const siteQueue = (site: string): string => `site/${site}`;
export const machineWorkflowId = (machineId: string): string => `machine/${machineId}`;

export const arrivalUpdate = defineUpdate<{ readonly name: string }, [Arrival]>('arrival');
export const commissionUpdate = defineUpdate<Accepted, []>('commission');
export const deployUpdate = defineUpdate<Accepted, [DeployRequest]>('deploy');
export const releaseUpdate = defineUpdate<Accepted, []>('release');
export const powerUpdate = defineUpdate<Accepted, [{ readonly action: PowerAction }]>('power');
export const applyLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('applyLayer');
export const removeLayerUpdate = defineUpdate<Accepted, [LayerRequest]>('removeLayer');
export const configureUpdate = defineUpdate<void, [ConfigureRequest]>('configure');
export const recordQuery = defineQuery<MachineRecord>('record');

/** From the entity to the operation at work: the machine it waits for has arrived. */
export const arrivedSignal = defineSignal<[EphemeralSession]>('arrived');
