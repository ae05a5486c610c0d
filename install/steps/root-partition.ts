import { CodedError, type DeployPlan, type PlannedPartition } from '../../model/index.ts';

export function rootPartition(plan: DeployPlan): PlannedPartition {
  const root = plan.partitions.find(({ mount }) => mount === '/');
  if (root === undefined) throw new CodedError('INTERNAL', 'The plan has no root partition.');
  return root;
}

export function efiPartition(plan: DeployPlan): PlannedPartition | undefined {
  return plan.partitions.find(({ typeCode }) => typeCode === 'ef00');
}
