import { sleep } from '@temporalio/workflow';
import * as workflows from '../../../workflows/index.ts';

/** The negative control: each begins with something that its recorded runs did not do. */
function late<Args extends unknown[], Result>(workflow: (...args: Args) => Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    await sleep(1_000);
    return workflow(...args);
  };
}

export const adoptMachine = late(workflows.adoptMachine);
export const applyLayer = late(workflows.applyLayer);
export const applyLayers = late(workflows.applyLayers);
export const caretaker = late(workflows.caretaker);
export const collectImages = late(workflows.collectImages);
export const commission = late(workflows.commission);
export const deploy = late(workflows.deploy);
export const exitRescue = late(workflows.exitRescue);
export const importImage = late(workflows.importImage);
export const machine = late(workflows.machine);
export const planDeploy = late(workflows.planDeploy);
export const planLayers = late(workflows.planLayers);
export const power = late(workflows.power);
export const release = late(workflows.release);
export const removeLayer = late(workflows.removeLayer);
export const rescue = late(workflows.rescue);
export const syncImages = late(workflows.syncImages);
export const test = late(workflows.test);
