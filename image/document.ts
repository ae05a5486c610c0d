import { CodedError } from '../model/index.ts';
import type { Get } from './http.ts';
import { type Keyring, type Signed, verifiedText } from './signature.ts';

/** The largest document of Ubuntu's streams has 20 MB (cloud-images, daily). */
const maxDocumentBytes = 64 * 2 ** 20;

/** A clear-signed document: fetched whole, verified, and only then given to anybody who parses. */
export async function fetchDocument(
  url: URL,
  {
    get,
    keyring,
    now,
    signal,
  }: {
    readonly get: Get;
    readonly keyring: Keyring;
    readonly now: () => Date;
    readonly signal: AbortSignal;
  },
): Promise<Signed> {
  const { status, chunks } = await get(url, { signal });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxDocumentBytes) {
      throw new CodedError('STREAM_INVALID', `${url.href} has more than ${maxDocumentBytes} bytes.`);
    }
    // The text of an error page is of no interest, but its bytes have to be taken off the connection.
    if (status === 200) parts.push(chunk);
  }
  if (status !== 200) {
    throw new CodedError('STREAM_UNREACHABLE', `${url.href} was answered with ${status}.`, { url: url.href });
  }
  return verifiedText(Buffer.concat(parts).toString('utf8'), keyring, now());
}
