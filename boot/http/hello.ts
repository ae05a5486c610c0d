import { z } from 'zod';
import { CodedError, type Hello } from '../../model/index.ts';
import { parseMac } from '../../net/index.ts';

/** What a machine may say about itself (docs/security.md, rule 11): short strings, no control characters, few cards. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((value) => value.trim())
    .refine((value) => !/\p{Cc}/u.test(value), 'holds control characters');

const mac = z.string().transform((value, context) => {
  const parsed = parseMac(value.trim());
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: 'is no MAC' });
  return z.NEVER;
});

const helloForm = z.object({
  boot: z.array(z.uuid()).length(1),
  token: z.array(z.string().regex(/^[0-9a-f]{32}$/)).length(1),
  firmware: z.array(z.enum(['bios', 'uefi'])).length(1),
  arch: z.array(z.enum(['amd64', 'arm64'])).length(1),
  product_uuid: z.array(text(64)).max(1).default([]),
  product_serial: z.array(text(256)).max(1).default([]),
  sys_vendor: z.array(text(256)).max(1).default([]),
  product_name: z.array(text(256)).max(1).default([]),
  mac: z.array(mac).min(1).max(64),
  'host-key': z.array(z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{68}(={0,2})( [^\n]*)?\n?$/)).length(1),
});

/**
 * Reads the form that the seed's script sends.
 * @throws CodedError REQUEST_INVALID naming the field.
 */
export function parseHello(body: string): Hello {
  const form = new URLSearchParams(body);
  const fields = Object.fromEntries([...new Set(form.keys())].map((key) => [key, form.getAll(key)]));
  const parsed = helloForm.safeParse(fields);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new CodedError('REQUEST_INVALID', `hello: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { data } = parsed;
  return {
    bootId: data.boot[0] as string,
    token: data.token[0] as string,
    firmware: data.firmware[0] as Hello['firmware'],
    arch: data.arch[0] as Hello['arch'],
    uuid: (data.product_uuid[0] ?? '').toLowerCase(),
    serial: data.product_serial[0] ?? '',
    vendor: data.sys_vendor[0] ?? '',
    product: data.product_name[0] ?? '',
    macs: [...new Set(data.mac)].toSorted(),
    hostKeys: data['host-key'].map((line) => line.trim().split(' ').slice(0, 2).join(' ')),
  };
}
