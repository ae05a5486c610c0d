import { z } from '@hono/zod-openapi';
import { type PowerDriverName, powerDriverNames, powerDriverTable } from '../../model/index.ts';
import { type Mac, parseMac } from '../../net/index.ts';
import { ipv4Field } from './common.ts';

const portField = z.int().min(1).max(65_535);
const secretField = (longest: number, description: string) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\x00-\x1f\x7f]*$/, 'must be one line')
    .optional()
    .meta({ description, writeOnly: true, format: 'password' });
const userField = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[\x21-\x7e]*$/, 'must be printable, without blanks')
    .regex(/^[^-]/, 'must not begin with -');
/** What becomes a word of a command or a part of a path. */
const wordField = (pattern: RegExp, complaint: string, description: string) =>
  z.string().max(253).regex(pattern, complaint).meta({ description });

const url = (description: string) =>
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[\x21-\x7e]+$/, 'must be an https URL')
    .refine((text) => URL.canParse(text), 'must be an https URL')
    .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must hold no user name')
    .refine((text) => !text.includes('#'), 'must hold no fragment')
    .meta({ description, format: 'uri' });
const baseUrl = (description: string) =>
  url(description).refine(
    (text) => !URL.canParse(text) || (new URL(text).pathname === '/' && new URL(text).search === ''),
    'must end after host and port',
  );
const trust = {
  certificate: z
    .string()
    .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, 'is no SHA-256 fingerprint')
    .transform((text) => text.replaceAll(':', '').toLowerCase())
    .optional()
    .meta({
      type: 'string',
      description:
        'SHA-256 fingerprint of its certificate, if no authority that this computer trusts has signed it',
    }),
  allowPlainHttp: z
    .boolean()
    .optional()
    .meta({ description: 'http instead of https: everybody on the way reads along' }),
};

/** Parameters of each driver as an operator gives them. Those that are secret are in the model's table. */
export const powerSchemas = {
  manual: z.strictObject({ driver: z.literal('manual') }),
  ipmi: z.strictObject({
    driver: z.literal('ipmi'),
    address: ipv4Field,
    port: portField.default(623),
    username: userField(16),
    // IPMI 2.0 section 22.30: a password has at most 20 bytes.
    password: secretField(20, 'of that user'),
    cipherSuite: z.union([z.literal(3), z.literal(17)]).default(17),
  }),
  redfish: z.strictObject({
    driver: z.literal('redfish'),
    url: baseUrl('https://ADDRESS[:PORT] of the BMC'),
    username: userField(64).regex(/^[^:]*$/, 'must hold no colon'),
    password: secretField(256, 'of that user'),
    system: wordField(
      /^[\x21-\x2c\x2e-\x7e][\x21-\x7e]{0,127}$/,
      'is no id',
      'id or UUID, where the BMC has several systems',
    ).optional(),
    ...trust,
  }),
  libvirt: z.strictObject({
    driver: z.literal('libvirt'),
    uri: wordField(
      /^(qemu|xen|lxc|bhyve|vz|ch|test)(:\/\/|\+tls:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?)\/(system|session|default)?$/,
      'must be a URI such as qemu:///system or qemu+tls://host/system',
      'of libvirtd: qemu:///system, qemu+tls://host/system',
    ),
    domain: wordField(/^[!-,.0-~][ -.0-~]{0,127}$/, 'is no name of a domain', 'name of the virtual machine'),
  }),
  lxd: z.strictObject({
    driver: z.literal('lxd'),
    url: z.union(
      [z.literal('unix'), baseUrl('https://ADDRESS:8443, or "unix" for the server of this computer')],
      {
        error: 'must be an https URL without a path, or "unix"',
      },
    ),
    project: wordField(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'is no name of a project', 'of LXD').default(
      'default',
    ),
    instance: wordField(
      /^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
      'is no name of an instance',
      'name of the virtual machine',
    ),
    clientCertificate: z
      .string()
      .max(16_384)
      .regex(
        /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n?$/,
        'is no PEM certificate',
      )
      .optional()
      .meta({ description: 'PEM certificate that the server trusts' }),
    clientKey: z
      .string()
      .max(16_384)
      .regex(
        /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n[^]+\n-----END [A-Z ]*PRIVATE KEY-----\n?$/,
        'is no PEM key',
      )
      .optional()
      .meta({ description: 'its key, PEM', writeOnly: true, format: 'password' }),
    ...trust,
  }),
  proxmox: z.strictObject({
    driver: z.literal('proxmox'),
    url: baseUrl('https://ADDRESS:8006'),
    node: wordField(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'is no host name', 'name of the node'),
    vm: z.int().min(100).max(999_999_999).meta({ description: 'number of the virtual machine' }),
    tokenId: wordField(
      /^[\w.+-]{1,64}@[\w.-]{1,32}![A-Za-z][\w.-]{0,63}$/,
      'is no id of a token, user@realm!name',
      'user@realm!name',
    ),
    token: secretField(128, 'the value of that token'),
    ...trust,
  }),
  'wake-on-lan': z.strictObject({
    driver: z.literal('wake-on-lan'),
    mac: z
      .string()
      .transform((text, context): Mac => {
        const mac = parseMac(text);
        if (mac) return mac;
        context.addIssue({ code: 'custom', message: 'is no MAC address' });
        return z.NEVER;
      })
      .optional()
      .meta({ type: 'string', description: 'of the card that listens. Default: all that are known' }),
    broadcast: ipv4Field.meta({ type: 'string', description: "of the rack's network: 10.78.0.255" }),
    port: portField.default(9),
  }),
  webhook: z.strictObject({
    driver: z.literal('webhook'),
    onUrl: url('gets a POST to switch on'),
    offUrl: url('gets a POST to switch off'),
    queryUrl: url('gets a GET, and answers {"status": "on"} or {"status": "off"}').optional(),
    token: secretField(4096, 'sent as bearer token'),
    ...trust,
  }),
} as const satisfies Record<PowerDriverName, z.ZodObject>;

const known = powerDriverNames.join(', ');

/** How a machine's power is switched, as it is asked for. */
export const powerChangeSchema = z
  .discriminatedUnion(
    'driver',
    [
      powerSchemas.manual,
      powerSchemas.ipmi,
      powerSchemas.redfish,
      powerSchemas.libvirt,
      powerSchemas.lxd,
      powerSchemas.proxmox,
      powerSchemas['wake-on-lan'],
      powerSchemas.webhook,
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union' ? `there is no such driver; there are ${known}` : undefined,
    },
  )
  .superRefine((power, context) => {
    const isPlain = 'allowPlainHttp' in power && power.allowPlainHttp === true;
    const complain = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    for (const [field, value] of Object.entries(power)) {
      const isUrl = /url$/i.test(field) && typeof value === 'string';
      if (!isUrl || !('allowPlainHttp' in powerSchemas[power.driver].shape)) continue;
      if (value.startsWith('http:') !== isPlain && value !== 'unix')
        complain(
          field,
          isPlain ? 'is https: leave allowPlainHttp away' : 'is http: say allowPlainHttp if that is meant',
        );
    }
    if (power.driver === 'lxd' && power.url !== 'unix' && power.clientCertificate === undefined)
      complain('clientCertificate', 'is needed: the server knows us by it');
  });
export type PowerChange = z.infer<typeof powerChangeSchema>;

const secretId = z.string().meta({ description: 'Record of the stored secrets; they cannot be read back' });
const shown = z.string().optional();

/** How a machine's power is switched, as it is shown. */
export const powerViewSchema = z.discriminatedUnion('driver', [
  z.object({ driver: z.literal('manual') }),
  z.object({
    driver: z.literal('ipmi'),
    address: z.string(),
    port: z.int(),
    username: z.string(),
    passwordSecret: secretId,
    cipherSuite: z.union([z.literal(3), z.literal(17)]),
  }),
  z.object({
    driver: z.literal('redfish'),
    url: z.string(),
    username: z.string(),
    system: shown,
    certificate: shown,
    allowPlainHttp: z.boolean().optional(),
    secret: secretId,
  }),
  z.object({ driver: z.literal('libvirt'), uri: z.string(), domain: z.string() }),
  z.object({
    driver: z.literal('lxd'),
    url: z.string(),
    project: z.string(),
    instance: z.string(),
    clientCertificate: shown,
    certificate: shown,
    allowPlainHttp: z.boolean().optional(),
    secret: secretId,
  }),
  z.object({
    driver: z.literal('proxmox'),
    url: z.string(),
    node: z.string(),
    vm: z.int(),
    tokenId: z.string(),
    certificate: shown,
    allowPlainHttp: z.boolean().optional(),
    secret: secretId,
  }),
  z.object({ driver: z.literal('wake-on-lan'), mac: shown, broadcast: z.string(), port: z.int() }),
  z.object({
    driver: z.literal('webhook'),
    onUrl: z.string(),
    offUrl: z.string(),
    queryUrl: shown,
    certificate: shown,
    allowPlainHttp: z.boolean().optional(),
    secret: secretId,
  }),
]);

/** One driver, for who writes a form or a command line. */
export interface PowerDriverView {
  readonly name: string;
  readonly sentence: string;
  readonly can: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** JSON Schema, draft 2020-12, of the parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export const powerDriverViewSchema = z
  .object({
    name: z.enum(powerDriverNames as [PowerDriverName, ...PowerDriverName[]]),
    sentence: z.string(),
    can: z.record(z.string(), z.enum(['yes', 'if-served', 'person', 'no'])),
    secrets: z.array(z.string()),
    parameters: z.record(z.string(), z.unknown()),
  })
  .openapi('PowerDriver');

export function viewPowerDrivers(): readonly PowerDriverView[] {
  return powerDriverNames.map((name) => {
    const { sentence, can, secrets } = powerDriverTable[name];
    const { driver: _driver, ...fields } = powerSchemas[name].shape;
    return {
      name,
      sentence,
      can,
      secrets,
      parameters: z.toJSONSchema(z.strictObject(fields), { io: 'input' }),
    };
  });
}
