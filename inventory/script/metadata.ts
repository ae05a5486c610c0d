import { z } from 'zod';
import {
  type HardwareType,
  type ParallelKind,
  type ScriptMetadata,
  type ScriptType,
} from '../../model/index.ts';
import { parameters } from './parameters.ts';

/** The keys of a header, ours and MAAS's; what MAAS spells in several ways is understood in all of them. */

const oneLine = z
  .string()
  .max(1024)
  .regex(/^[^\p{Cc}]*$/u, 'must be one line');
const paragraph = z.string().max(8192);

const scriptName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be at most 64 letters, digits, and . _ - between them');

const types: Readonly<Record<string, ScriptType>> = {
  commissioning: 'commissioning',
  commission: 'commissioning',
  testing: 'testing',
  test: 'testing',
  release: 'release',
  deployment: 'deployment',
};
const hardware: Readonly<Record<string, HardwareType>> = {
  node: 'node',
  controller: 'node',
  other: 'node',
  generic: 'node',
  cpu: 'cpu',
  processor: 'cpu',
  memory: 'memory',
  ram: 'memory',
  storage: 'storage',
  disk: 'storage',
  ssd: 'storage',
  network: 'network',
  net: 'network',
  interface: 'network',
  gpu: 'gpu',
};
const parallel: Readonly<Record<string, ParallelKind>> = {
  disabled: 'disabled',
  none: 'disabled',
  instance: 'instance',
  name: 'instance',
  any: 'any',
  enabled: 'any',
};

function oneOf<Value extends string>(spellings: Readonly<Record<string, Value>>) {
  return z.string().transform((text, context) => {
    const value = Object.hasOwn(spellings, text.toLowerCase()) ? spellings[text.toLowerCase()] : undefined;
    if (value !== undefined) return value;
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(text.slice(0, 40))} is none of ${[...new Set(Object.values(spellings))].join(', ')}`,
    });
    return z.NEVER;
  });
}

/** A list, or one text with commas. */
function listOf(item: z.ZodType<string, string>, most: number) {
  return z
    .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
    .transform((items) => items.filter((text) => text !== ''))
    .pipe(z.array(item).max(most));
}

export const longestSeconds = 7 * 24 * 3600;

/** Seconds, or HH:MM:SS. */
const timeout = z
  .union([z.int(), z.string()])
  .transform((value, context) => {
    if (typeof value === 'number') return value;
    if (/^\d{1,7}$/.test(value)) return Number(value);
    const match = /^(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)$/.exec(value);
    if (match) return Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3]);
    context.addIssue({ code: 'custom', message: 'must be seconds or HH:MM:SS' });
    return z.NEVER;
  })
  .pipe(z.int().min(0).max(longestSeconds, `must not exceed 7 days (${longestSeconds} s)`));

/** Debian policy 5.6.1. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,127}$/, 'is no name of a Debian package');
const notSupported = (what: string) =>
  z.never({ error: `${what} are not supported: name Debian packages under apt` }).optional();
const packages = z.strictObject({
  apt: listOf(packageName, 64).optional(),
  snap: notSupported('snap packages'),
  url: notSupported('packages from an address'),
});

const result = z.strictObject({ title: oneLine, description: paragraph.optional() });
const results = z
  .union([z.array(z.string().max(64)), z.record(z.string().max(64), result)])
  .transform((given) =>
    Array.isArray(given)
      ? given.map((name) => ({ name, title: name, description: '' }))
      : Object.entries(given).map(([name, { title, description = '' }]) => ({ name, title, description })),
  );

const hardwareId = z
  .string()
  .max(256)
  .regex(
    /^(modalias:.+|(pci|usb):[0-9a-f]{4}:[0-9a-f]{4}|(system_(vendor|product|version)|mainboard_(vendor|product)):.+)$/i,
    'must be modalias:…, pci:VVVV:PPPP, usb:VVVV:PPPP, system_vendor:…, system_product:…, system_version:…, mainboard_vendor:… or mainboard_product:…',
  );

const header = z.strictObject({
  name: scriptName.optional(),
  title: oneLine.optional(),
  description: paragraph.optional(),
  comment: paragraph.optional(),
  tags: listOf(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'is no tag: letters, digits and _ . -'),
    64,
  ).optional(),
  type: oneOf(types).optional(),
  script_type: oneOf(types).optional(),
  hardware_type: oneOf(hardware).optional(),
  parallel: oneOf(parallel).optional(),
  timeout: timeout.optional(),
  packages: packages.optional(),
  missing_packages: z.enum(['fail', 'skip', 'run']).optional(),
  parameters: parameters.optional(),
  results: results.optional(),
  for_hardware: listOf(hardwareId, 256).optional(),
  destructive: z.boolean().optional(),
  may_reboot: z
    .literal(false, {
      error: 'a script that restarts the machine loses the memory that it runs in; it is not run',
    })
    .optional(),
  recommission: z.boolean().optional(),
  apply_configured_networking: z.boolean().optional(),
});

/** The data of a header, checked, with what MAAS assumes where nothing is said. Without a name it gets the given one. */
export function metadataSchema(fallbackName: string | undefined) {
  return header.transform((given, context): ScriptMetadata => {
    const name = given.name ?? scriptName.safeParse(fallbackName).data;
    if (name === undefined) {
      context.addIssue({ code: 'custom', path: ['name'], message: 'is missing' });
      return z.NEVER;
    }
    return {
      name,
      title: given.title ?? '',
      description: given.description ?? '',
      tags: given.tags ?? [],
      type: given.type ?? given.script_type ?? 'testing',
      hardware: given.hardware_type ?? 'node',
      parallel: given.parallel ?? 'disabled',
      timeoutSeconds: given.timeout ?? 0,
      packages: given.packages?.apt ?? [],
      missingPackages: given.missing_packages ?? 'fail',
      parameters: given.parameters ?? {},
      results: given.results ?? [],
      forHardware: given.for_hardware ?? [],
      destructive: given.destructive ?? false,
      recommission: given.recommission ?? false,
      applyConfiguredNetworking: given.apply_configured_networking ?? false,
    };
  });
}
