import { sleep } from '@temporalio/workflow';
import { release as trueRelease, type ReleaseInput } from '../../../workflows/release.ts';
import { commission as trueCommission, type CommissionInput } from '../../../workflows/commission.ts';
import { deploy as trueDeploy, type DeployInput } from '../../../workflows/deploy.ts';

/** The negative control: each begins with something that its recorded runs did not do. */
export async function commission(input: CommissionInput): Promise<unknown> {
  await sleep(1_000);
  return trueCommission(input);
}

export async function deploy(input: DeployInput): Promise<unknown> {
  await sleep(1_000);
  return trueDeploy(input);
}

export async function release(input: ReleaseInput): Promise<unknown> {
  await sleep(1_000);
  return trueRelease(input);
}
