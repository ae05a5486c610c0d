import { type Document, linkAt, linksIn, part, textAt } from '../document.ts';
import type { HostInterface } from '../driver.ts';
import { refusalText, type RedfishService } from './service.ts';

/**
 * Switches off the interfaces by which the machine itself reaches its BMC (Redfish data model, HostInterface): without them
 * whoever is root on it has no way into the BMC over Redfish (CVE-2024-54085 was one). Each is looked at again afterwards.
 */
export async function closeHostInterfaces(
  service: RedfishService,
  system: Document,
  signal: AbortSignal | undefined,
): Promise<readonly HostInterface[]> {
  const found: HostInterface[] = [];
  for (const manager of linksIn(part(system, 'Links'), 'ManagedBy')) {
    const collection = linkAt((await service.get(manager, signal)).document, 'HostInterfaces');
    if (collection === undefined) continue;
    for (const path of linksIn((await service.get(collection, signal)).document, 'Members'))
      found.push(await close(service, path, signal));
  }
  return found;
}

async function close(
  service: RedfishService,
  path: string,
  signal: AbortSignal | undefined,
): Promise<HostInterface> {
  const look = async () => (await service.get(path, signal)).document;
  const before = await look();
  const name = textAt(before, 'Id') ?? path.slice(path.lastIndexOf('/') + 1);
  if (before['InterfaceEnabled'] === false) return { name, state: 'was-closed' };
  const refusal = await service.patch(path, { InterfaceEnabled: false }, signal);
  if (refusal) return { name, state: 'open', why: refusalText(refusal) };
  if ((await look())['InterfaceEnabled'] === false) return { name, state: 'closed' };
  return { name, state: 'open', why: 'it took the change and did not make it' };
}
