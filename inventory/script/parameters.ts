import { z } from 'zod';
import { type ParameterKind, parameterKinds, type ScriptParameter } from '../../model/index.ts';

/** What each kind may be replaced by in `argument_format`. */
export const placeholders: Readonly<Record<ParameterKind, readonly string[]>> = {
  storage: ['input', 'path', 'name', 'model', 'serial'],
  interface: ['input', 'name', 'mac', 'mac_address', 'vendor', 'product'],
  url: ['input'],
  runtime: ['input'],
  string: ['input'],
};

const defaultFormat: Readonly<Record<ParameterKind, string>> = {
  storage: '--storage={path}',
  interface: '--interface={name}',
  url: '--url={input}',
  runtime: '--runtime={input}',
  string: '--string={input}',
};

const seconds = z
  .int()
  .min(0)
  .max(7 * 24 * 3600);

const kind = z.string().transform((text, context): ParameterKind => {
  const known = parameterKinds.find((one) => one === text);
  if (known !== undefined) return known;
  const why =
    text === 'password'
      ? 'passwords are not supported: what is asked of a machine is kept in clear'
      : `${JSON.stringify(text.slice(0, 40))} is none of ${parameterKinds.join(', ')}`;
  context.addIssue({ code: 'custom', message: why });
  return z.NEVER;
});

const parameter = z
  .strictObject({
    type: kind,
    title: z.string().max(1024).default(''),
    description: z.string().max(8192).default(''),
    argument_format: z
      .string()
      .max(512)
      .regex(/^[^\p{Cc}]*$/u, 'must be one line')
      .optional(),
    default: z
      .union([z.string().max(2048), z.int()])
      .transform(String)
      .optional(),
    required: z.boolean().default(true),
    min: seconds.optional(),
    max: seconds.optional(),
    allow_list: z.boolean().optional(),
  })
  .transform((given, context): ScriptParameter => {
    const fail = (field: string, message: string): never => {
      context.addIssue({ code: 'custom', path: [field], message });
      return z.NEVER;
    };
    const { min, max } = given;
    if (given.type !== 'runtime' && (min ?? max) !== undefined)
      return fail(min === undefined ? 'max' : 'min', 'is for parameters of type runtime');
    if (min !== undefined && max !== undefined && min > max) return fail('min', 'is more than max');
    if (given.allow_list !== undefined && given.type !== 'url')
      return fail('allow_list', 'is for parameters of type url');
    const argumentFormat = given.argument_format ?? defaultFormat[given.type];
    const used = [...argumentFormat.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name as string);
    const unknown = used.find((name) => !placeholders[given.type].includes(name));
    const choice = placeholders[given.type].map((name) => `{${name}}`).join(', ');
    if (unknown !== undefined)
      return fail(
        'argument_format',
        `{${unknown}} is none of ${choice} of a parameter of type ${given.type}`,
      );
    if (used.length === 0) return fail('argument_format', `must contain one of ${choice}`);
    return {
      kind: given.type,
      title: given.title,
      description: given.description,
      argumentFormat,
      required: given.required,
      ...(given.default !== undefined && { default: given.default }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    };
  });

export const parameters = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'is no name of a parameter'), parameter)
  .refine((given) => Object.keys(given).length <= 16, 'has more than 16 parameters')
  .refine(
    (given) =>
      ['storage', 'interface'].every((one) => Object.values(given).filter((p) => p.kind === one).length <= 1),
    'has more than one parameter of type storage, or of type interface',
  );
