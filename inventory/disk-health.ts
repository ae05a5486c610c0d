import { z } from 'zod';
import type { Disk, DiskHealth } from '../model/index.ts';
import { cleanText, limits } from './limits.ts';
import { optional } from './optional.ts';
import { parseJson } from './parse-json.ts';

type Found = Pick<Disk, 'health' | 'firmware' | 'rotation'>;

const count = z.number().int().nonnegative().optional().catch(undefined);
/** smartctl(8) with -j, format 1.0; of the NVMe log both tools have the same fields, in different places. */
const answer = z.object({
  smart_status: z.object({ passed: z.boolean() }).optional().catch(undefined),
  temperature: z
    .union([z.object({ current: z.number() }), z.number()])
    .optional()
    .catch(undefined),
  power_on_time: z.object({ hours: count }).optional().catch(undefined),
  rotation_rate: count,
  firmware_version: z.string().optional().catch(undefined),
  ata_smart_attributes: z
    .object({ table: z.array(z.object({ id: z.number(), raw: z.object({ value: z.number() }) })) })
    .optional()
    .catch(undefined),
  nvme_smart_health_information_log: z
    .object({ critical_warning: count, percentage_used: count, media_errors: count })
    .optional()
    .catch(undefined),
  // nvme-cli(1), smart-log -o json.
  critical_warning: count,
  percent_used: count,
  media_errors: count,
  power_on_hours: count,
});

/** `@disk sda`, then what the tool said, JSON or nothing. By kernel name. */
export function parseDiskHealth(section: string): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const part of section.split(/^@disk /m).slice(1, limits.disks + 1)) {
    const end = part.indexOf('\n');
    const text = end === -1 ? '' : part.slice(end + 1).trim();
    if (text === '') continue;
    const disk = optional(() => toFound(parseJson('disk-health', text)));
    if (disk) found.set(cleanText('disk name', part.slice(0, end)), disk);
  }
  return found;
}

function toFound(json: unknown): Found | undefined {
  const parsed = answer.safeParse(json);
  if (!parsed.success) return undefined;
  const { firmware_version: firmware = '', rotation_rate: rotation = 0 } = parsed.data;
  const health = toHealth(parsed.data);
  return {
    ...(firmware && { firmware: cleanText('disk firmware', firmware) }),
    ...(rotation > 0 && { rotation }),
    ...(health && { health }),
  };
}

function toHealth(said: z.infer<typeof answer>): DiskHealth | undefined {
  const nvme = said.nvme_smart_health_information_log;
  const warning = nvme?.critical_warning ?? said.critical_warning;
  const passed = said.smart_status?.passed ?? (warning === undefined ? undefined : true);
  if (passed === undefined) return undefined;
  const attribute = (id: number) => said.ata_smart_attributes?.table.find((row) => row.id === id)?.raw.value;
  const temperature =
    typeof said.temperature === 'number'
      ? // nvme-cli tells Kelvin.
        said.temperature - 273
      : said.temperature?.current;
  const values = {
    temperature,
    hoursOn: said.power_on_time?.hours ?? said.power_on_hours,
    // ATA attributes 5 and 197, of all makers.
    reallocatedSectors: attribute(5),
    pendingSectors: attribute(197),
    worn: nvme?.percentage_used ?? said.percent_used,
    mediaErrors: nvme?.media_errors ?? said.media_errors,
  };
  return {
    // NVMe base specification 2.0, figure 207: any bit of the warning is a reason to act.
    verdict: passed && (warning ?? 0) === 0 ? 'passed' : 'failing',
    ...Object.fromEntries(
      Object.entries(values).filter(
        ([, value]) => Number.isFinite(value) && Math.abs(value as number) < 2 ** 53,
      ),
    ),
  };
}
