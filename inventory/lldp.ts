import { z } from 'zod';
import type { Nic } from '../model/index.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';
import { parseJson } from './parse-json.ts';

export type Neighbour = NonNullable<Nic['neighbour']>;

/** lldpcli(8), format json0: every element is a list, every text a `{ value }`. */
const texts = z.array(z.object({ value: z.string().optional() })).optional();
const listing = z.object({
  lldp: z.array(
    z.object({
      interface: z
        .array(
          z.object({
            name: z.string(),
            chassis: z.array(z.object({ id: texts, name: texts, descr: texts })).optional(),
            port: z.array(z.object({ id: texts, descr: texts })).optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/** By name of our card. Of several neighbours on one cable (a hub, a phone) the first counts. */
export function parseNeighbours(section: string): ReadonlyMap<string, Neighbour> {
  const neighbours = new Map<string, Neighbour>();
  if (section.trim() === '') return neighbours;
  const parsed = listing.safeParse(parseJson('neighbours', section));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`neighbours.${issue?.path.join('.') ?? ''}`, issue?.message ?? 'has another form');
  }
  const interfaces = parsed.data.lldp.flatMap((entry) => entry.interface ?? []);
  if (interfaces.length > limits.nics * 4) throw tooMuch('neighbours', limits.nics * 4);
  for (const { name, chassis, port } of interfaces) {
    const first = (field: string, from: z.infer<typeof texts>) => cleanText(field, from?.[0]?.value ?? '');
    const card = cleanText('neighbour card', name);
    if (neighbours.has(card)) continue;
    neighbours.set(card, {
      system: first('neighbour name', chassis?.[0]?.name) || first('neighbour id', chassis?.[0]?.id),
      port: first('neighbour port', port?.[0]?.id),
      description:
        first('neighbour port description', port?.[0]?.descr) ||
        first('neighbour description', chassis?.[0]?.descr),
    });
  }
  return neighbours;
}
