import type { SiteView } from '../../api/index.ts';
import type { View } from '../output.ts';
import { clean, since } from '../text.ts';

export const siteView: View<SiteView> = {
  name: ({ name }) => name,
  columns: [
    { title: 'SITE', cell: ({ name }) => name },
    {
      title: 'RACKS',
      cell: ({ racks }) => (racks.length === 0 ? 'none' : racks.map(({ identity }) => identity).join(', ')),
    },
    { title: 'MACHINES', cell: ({ machines }) => String(machines) },
    { title: 'WAITING', cell: ({ waiting }) => String(waiting) },
    {
      title: 'LAST SEEN',
      cell: ({ racks, unserved }) => racks[0]?.lastSeen ?? unserved?.since ?? 'over 5 minutes ago',
    },
  ],
};

/** Why work at this site stands still; undefined while a rack serves it. */
export function unservedSentence(site: SiteView | undefined, now: Date): string | undefined {
  if (!site?.unserved) return undefined;
  const last = site.unserved.since;
  const when = last ? `for ${since(last, now)}` : 'for more than 5 minutes';
  return `No rack serves site ${clean(site.name)} ${when}: its work waits. Start one there: rackwright up --roles rack --site ${clean(site.name)}`;
}
