export { enterInstalled, type Entry } from './enter-installed.ts';
export { stepFailure } from './exit-status.ts';
export { parseHostKeyLine } from './host-key-line.ts';
export { installSteps } from './install-steps.ts';
export type { ImageSource, InstallContext, InstallStep } from './install-step.ts';
export { describePlan } from './plan/describe-plan.ts';
export { planDeployment, type PlanInput } from './plan/plan-deployment.ts';
export { planDigest } from './plan/plan-digest.ts';
