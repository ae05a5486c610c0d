import { allowable, type Document, part, textAt } from '../document.ts';
import { failed, type Refusal, refusalText, type RedfishService } from './service.ts';

export interface BootOrder {
  readonly target: 'Pxe' | 'UefiHttp';
  readonly firmware: 'bios' | 'uefi';
  /** With UefiHttp alone. */
  readonly url?: string;
}

export interface BootAttempt {
  readonly boot: Readonly<Record<string, string>>;
  /** What the operator has to be told when this is the one that was taken. */
  readonly note?: string;
}

/**
 * What to ask, the best first: for one start, with the firmware's mode; without the mode, which some refuse to set
 * with the target; without the URL; and at last for every start. What is less than asked is never left unsaid.
 */
export function bootAttempts(
  { target, firmware, url }: BootOrder,
  current: Document,
): readonly BootAttempt[] {
  const mode = { BootSourceOverrideMode: firmware === 'uefi' ? 'UEFI' : 'Legacy' };
  const withUrl = url === undefined ? {} : { HttpBootUri: url };
  const once = { BootSourceOverrideTarget: target, BootSourceOverrideEnabled: 'Once', ...withUrl };
  const always = { ...once, BootSourceOverrideEnabled: 'Continuous' };
  const note =
    'The BMC takes no order for one start: the machine boots that way at every start, until the override is ended on the BMC.';
  const noUrl = `The BMC takes no URL: the firmware asks DHCP for one, which has to be ${url}.`;
  const hasMode = textAt(current, 'BootSourceOverrideMode') !== undefined;
  const enabled = allowable(current, 'BootSourceOverrideEnabled');
  const takes = (kind: string) => enabled === undefined || enabled.includes(kind);
  const forms = (boot: Readonly<Record<string, string>>) => (hasMode ? [{ ...boot, ...mode }, boot] : [boot]);
  return [
    ...(takes('Once') ? forms(once).map((boot) => ({ boot })) : []),
    ...(takes('Once') && url !== undefined
      ? forms(withoutUrl(once)).map((boot) => ({ boot, note: noUrl }))
      : []),
    ...(takes('Continuous') ? forms(always).map((boot) => ({ boot, note })) : []),
  ];
}

function withoutUrl({
  HttpBootUri: _url,
  ...boot
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return boot;
}

/** Boot source override (Redfish data model, ComputerSystem.Boot). @returns what has to be said about it */
export async function overrideBoot(
  service: RedfishService,
  path: string,
  system: Document,
  order: BootOrder,
  signal: AbortSignal | undefined,
): Promise<{ readonly note?: string }> {
  const current = part(system, 'Boot');
  const targets = allowable(current, 'BootSourceOverrideTarget');
  if (targets && !targets.includes(order.target))
    throw failed(service.who, `it boots from ${targets.join(', ')}, not from ${order.target}`);
  let refusal: Refusal | undefined;
  for (const { boot, note } of bootAttempts(order, current)) {
    refusal = await service.patch(path, { Boot: boot }, signal);
    if (!refusal) {
      if (note !== undefined) return { note };
      return readBack((await service.get(path, signal)).document);
    }
    if (![400, 405, 409, 422, 500, 501].includes(refusal.status)) break;
  }
  throw failed(service.who, refusal ? refusalText(refusal) : 'it takes no boot override');
}

/** Some take the order for one start and keep it for all. */
function readBack(system: Document): { readonly note?: string } {
  if (textAt(part(system, 'Boot'), 'BootSourceOverrideEnabled') !== 'Continuous') return {};
  return {
    note: 'The BMC took the order for one start, and says now that it holds for every start until it is ended there.',
  };
}
