import { allowable, type Document, linkAt, part, textAt } from '../document.ts';
import type { Refusal, RedfishService } from './service.ts';
import { failed, refusalText } from './service.ts';

/** Best first. A push of the button does the opposite of what is meant when the state was read wrongly: last. */
export const resetTypes = {
  on: ['On', 'ForceOn', 'PushPowerButton'],
  off: ['ForceOff', 'GracefulShutdown'],
  reset: ['ForceRestart', 'PowerCycle', 'GracefulRestart'],
} as const satisfies Record<'on' | 'off' | 'reset', readonly string[]>;

/** Which to try in which order. Undefined: the service does not tell what it takes. */
export function chooseResetTypes(
  action: keyof typeof resetTypes,
  served: readonly string[] | undefined,
): readonly string[] {
  const wanted: readonly string[] = resetTypes[action];
  return served ? wanted.filter((type) => served.includes(type)) : wanted;
}

/** ComputerSystem.Reset. A type that is listed and yet refused (501 on many) gives way to the next. */
export async function resetSystem(
  service: RedfishService,
  system: Document,
  action: keyof typeof resetTypes,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reset = part(system, 'Actions', '#ComputerSystem.Reset');
  const target = textAt(reset, 'target');
  if (target === undefined) throw failed(service.who, 'its computer system has no reset');
  const served = allowable(reset, 'ResetType') ?? (await servedByActionInfo(service, reset, signal));
  let refusal: Refusal | undefined;
  for (const type of chooseResetTypes(action, served)) {
    refusal = await service.post(target, { ResetType: type }, signal);
    if (!refusal || !isOfType(refusal)) break;
  }
  if (refusal) throw failed(service.who, refusalText(refusal));
  if (chooseResetTypes(action, served).length === 0)
    throw failed(service.who, `of reset types it has ${served?.join(', ')}, none of which is "${action}"`);
}

/** About the kind of reset, not about this moment or this user. */
function isOfType({ status }: Refusal): boolean {
  return status === 400 || status === 405 || status === 422 || status === 501;
}

/** DSP0266, "Action info": the list may stand in a document of its own. */
async function servedByActionInfo(
  service: RedfishService,
  reset: Document,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const path = textAt(reset, '@Redfish.ActionInfo') ?? linkAt(reset, '@Redfish.ActionInfo');
  if (path === undefined) return undefined;
  const { document } = await service.get(path, signal);
  const parameters = Array.isArray(document['Parameters']) ? (document['Parameters'] as Document[]) : [];
  const values = parameters.find((one) => one['Name'] === 'ResetType')?.['AllowableValues'];
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : undefined;
}
