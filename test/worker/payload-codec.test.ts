import { randomBytes } from 'node:crypto';
import { DefaultFailureConverter, defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unsealed } from '../fixtures/unsealed.ts';
import { failureConverter } from '../../worker/failure-converter.ts';
import { payloadCodec } from '../../worker/payload-codec.ts';

const codec = payloadCodec(randomBytes(32));
const bytes = fc.uint8Array({ maxLength: 400 });
const payloads = fc.array(
  fc.record({
    metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), bytes, { maxKeys: 4 }),
    data: bytes,
  }),
  { maxLength: 3 },
);
const seal = async (value: unknown): Promise<Payload> =>
  (await codec.encode([defaultPayloadConverter.toPayload(value)]))[0] as Payload;

/** docs/security.md, rule 32 */
describe('payloads on their way to the Temporal server', () => {
  it('come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (given) => {
        const back = await codec.decode(await codec.encode(given));
        expect(back.map(plain)).toEqual(given.map(plain));
      }),
    );
  });

  it.each([[undefined], [[]], [null]])('come back empty when they had no data: %o', async (data) => {
    const nothing = { metadata: { encoding: Buffer.from('binary/null') }, data } as unknown as Payload;
    const [back] = await codec.decode(await codec.encode([nothing]));
    expect(defaultPayloadConverter.fromPayload(back as Payload)).toBeUndefined();
  });

  it('show nothing of what is in them, and are never sealed alike twice', async () => {
    const [first, second] = [await seal({ serial: 'CANARY-4711' }), await seal({ serial: 'CANARY-4711' })];
    expect(Buffer.from(first.data as Uint8Array).includes('CANARY')).toBe(false);
    expect(first.data).not.toEqual(second.data);
  });

  it('pass in clear when they were never sealed: histories from before go on', async () => {
    const open = defaultPayloadConverter.toPayload({ a: 1 });
    expect(await codec.decode([open])).toEqual([open]);
  });

  it('are refused when a byte was changed, anywhere', async () => {
    const sealed = await seal('x');
    const data = sealed.data as Uint8Array;
    for (let at = 0; at < data.length; at += 1) {
      const changed = Uint8Array.from(data, (byte, index) => (index === at ? byte ^ 1 : byte));
      await expect(codec.decode([{ ...sealed, data: changed }])).rejects.toMatchObject({
        code: 'TEMPORAL_KEY_WRONG',
      });
    }
  });

  it.each([0, 1, 27])('are refused when only %i bytes are left of them', async (length) => {
    const sealed = await seal('x');
    const cut = { ...sealed, data: (sealed.data as Uint8Array).subarray(0, length) };
    await expect(codec.decode([cut])).rejects.toMatchObject({ code: 'TEMPORAL_KEY_WRONG' });
  });

  it('are refused with another key, by its name', async () => {
    const other = payloadCodec(randomBytes(32));
    await expect(other.decode([await seal('x')])).rejects.toMatchObject({ code: 'TEMPORAL_KEY_WRONG' });
  });
});

describe('failures on their way to the Temporal server', () => {
  const failed = (): Error => new Error('CANARY-4711 has no disk');

  it('say what went wrong in a payload alone', () => {
    const failure = failureConverter.errorToFailure(failed(), defaultPayloadConverter);
    expect(failure.message).not.toContain('CANARY');
    expect(failure.stackTrace).toBeFalsy();
    // The control: the converter that is the default says it in clear.
    const open = new DefaultFailureConverter().errorToFailure(failed(), defaultPayloadConverter);
    expect(open.message).toContain('CANARY');
  });

  it('say it again to whoever has the key, also in a history that was written down', async () => {
    const failure = failureConverter.errorToFailure(failed(), defaultPayloadConverter);
    expect(failureConverter.failureToError(failure, defaultPayloadConverter).message).toContain('CANARY');
    const [sealed] = await codec.encode([failure.encodedAttributes as Payload]);
    const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
    const metadata = Object.entries(sealed?.metadata ?? {}).map(([name, value]) => [name, base64(value)]);
    const written = {
      failure: {
        message: 'Encoded failure',
        encodedAttributes: {
          metadata: Object.fromEntries(metadata),
          data: base64(sealed?.data as Uint8Array),
        },
      },
    };
    expect(await unsealed(written, codec)).toEqual({ failure: { message: 'CANARY-4711 has no disk' } });
  });
});

function plain({ metadata, data }: Payload): unknown {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, [...value]]);
  return { metadata: Object.fromEntries(entries), data: [...(data ?? [])] };
}
