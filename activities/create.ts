import { adoptActivities } from './adopt.ts';
import { bootActivities } from './boot.ts';
import { caretakerActivities } from './caretaker.ts';
import { commissionActivities } from './commission.ts';
import type { ActivityDependencies } from './deps.ts';
import { declaredActivities } from './declared.ts';
import { eraseActivities } from './erase.ts';
import { hostFactsActivities } from './host-facts.ts';
import { imageActivities } from './images.ts';
import { installActivities } from './install.ts';
import { layerActivities } from './layer.ts';
import { layerPlanActivities } from './layer-plan.ts';
import { layerSecretActivities } from './layer-secrets.ts';
import { layingActivities } from './laying.ts';
import { planActivities } from './plan.ts';
import { powerActivities } from './power.ts';
import { recordActivities } from './records.ts';
import { scriptActivities } from './scripts.ts';
import { sessionActivities } from './session.ts';

/** Of the queue `control`: they touch our own records only. */
export function controlActivities(deps: ActivityDependencies) {
  return {
    ...recordActivities(deps.store),
    ...bootActivities(deps),
    ...planActivities(deps),
    ...layerPlanActivities(deps),
    ...layingActivities(deps),
    ...declaredActivities(deps),
    ...imageActivities(deps),
    ...caretakerActivities(deps),
    ...adoptActivities(deps),
  };
}

/** Of a queue `site/…`: they touch machines, and run where these can be reached. */
export function siteActivities(deps: ActivityDependencies) {
  return {
    ...powerActivities(deps),
    ...sessionActivities(deps),
    ...hostFactsActivities(deps),
    ...commissionActivities(deps),
    ...scriptActivities(deps),
    ...installActivities(deps),
    ...eraseActivities(deps),
    ...layerActivities(deps),
    ...layerSecretActivities(deps),
  };
}
