import { type Document, linkAt, linksIn, part, textAt } from '../document.ts';
import { failed, refusalText, type RedfishService } from './service.ts';

/** Puts an image into the virtual CD drive, or takes out what is in it. @returns undefined: there is no such drive */
export async function changeMedia(
  service: RedfishService,
  system: Document,
  url: string | undefined,
  signal: AbortSignal | undefined,
): Promise<'done' | undefined> {
  const path = await findDrive(service, system, signal);
  if (path === undefined) return undefined;
  const { document } = await service.get(path, signal);
  const verb = url === undefined ? 'Eject' : 'Insert';
  const body = url === undefined ? {} : { Image: url, Inserted: true, WriteProtected: true };
  const target = textAt(part(document, 'Actions', `#VirtualMedia.${verb}Media`), 'target');
  // Without the action the fields themselves are written (Redfish data model, VirtualMedia).
  const refusal =
    target === undefined
      ? await service.patch(path, url === undefined ? { Image: null, Inserted: false } : body, signal)
      : await service.post(target, body, signal);
  if (refusal) throw failed(service.who, refusalText(refusal));
  return 'done';
}

/** Below the system in newer services, below its manager in older ones. */
async function findDrive(
  service: RedfishService,
  system: Document,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const collections: string[] = [];
  const own = linkAt(system, 'VirtualMedia');
  if (own !== undefined) collections.push(own);
  for (const manager of linksIn(part(system, 'Links'), 'ManagedBy')) {
    const path = linkAt((await service.get(manager, signal)).document, 'VirtualMedia');
    if (path !== undefined) collections.push(path);
  }
  for (const collection of collections) {
    for (const path of linksIn((await service.get(collection, signal)).document, 'Members')) {
      const types = (await service.get(path, signal)).document['MediaTypes'];
      if (Array.isArray(types) && types.some((type) => type === 'CD' || type === 'DVD')) return path;
    }
  }
  return undefined;
}
