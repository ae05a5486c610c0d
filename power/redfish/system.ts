import { invalidParameter } from '../invalid.ts';
import { linkAt, linksIn, textAt } from '../document.ts';
import { failed, type RedfishService } from './service.ts';

const root = '/redfish/v1/';

/** The one ComputerSystem that is meant: a chassis of blades has many. @returns its path */
export async function findSystem(
  service: RedfishService,
  wanted: { readonly system?: string | undefined; readonly uuid?: string | undefined },
  signal: AbortSignal | undefined,
): Promise<string> {
  const { document } = await service.get(root, signal);
  const collection = await service.get(linkAt(document, 'Systems') ?? `${root}Systems`, signal);
  const paths = linksIn(collection.document, 'Members');
  if (wanted.system === undefined && paths.length === 1) return paths[0] as string;

  const seen: string[] = [];
  for (const path of paths) {
    const system = (await service.get(path, signal)).document;
    const id = textAt(system, 'Id') ?? path.slice(path.lastIndexOf('/') + 1);
    const uuid = textAt(system, 'UUID') ?? '';
    if (wanted.system === undefined ? isSameUuid(uuid, wanted.uuid) : isNamed(wanted.system, id, uuid))
      return path;
    seen.push(id.replace(/[^\x21-\x7e]/g, '').slice(0, 40));
  }
  if (paths.length === 0) throw failed(service.who, 'it has no computer system');
  const list = seen.slice(0, 8).join(', ');
  throw wanted.system === undefined
    ? invalidParameter('system', `${service.who} has several, and none has the UUID of the machine: ${list}`)
    : invalidParameter('system', `${service.who} has none called ${wanted.system}: ${list}`);
}

function isNamed(wanted: string, id: string, uuid: string): boolean {
  return wanted === id || isSameUuid(uuid, wanted);
}

function isSameUuid(shown: string, wanted: string | undefined): boolean {
  if (wanted === undefined || shown === '') return false;
  const one = shown.toLowerCase();
  const other = wanted.toLowerCase();
  return one === other || swapped(one) === other;
}

/** SMBIOS 2.6 stores the first three fields little-endian; not all BMCs and kernels agree on when to turn them. */
function swapped(uuid: string): string {
  const turn = (field: string) => (field.match(/../g) ?? []).reverse().join('');
  const [first = '', second = '', third = '', ...rest] = uuid.split('-');
  return [turn(first), turn(second), turn(third), ...rest].join('-');
}
