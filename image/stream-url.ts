import { CodedError } from '../model/index.ts';
import { relativePath } from './stream-fields.ts';

/** What an operator may give: the base of a stream, or its index. */
export interface StreamLocation {
  /** Ends in a slash; all paths of the stream are below it. It names the stream in the store. */
  readonly base: string;
  readonly indexPath: string;
}

export function streamLocation(url: string): StreamLocation {
  if (!URL.canParse(url)) throw unusable(`${url} is no URL.`);
  const { protocol, origin, pathname, username, password, search } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw unusable('A stream is read over http or https.');
  // It would stand in the records of all images, where nobody keeps it secret.
  if (username || password) throw unusable('The URL of a stream may hold no password.');
  if (search) throw unusable('The URL of a stream may hold no query.');
  const index = /^(.*\/)(streams\/v1\/[^/]+)\.s?json$/.exec(pathname);
  return {
    base: origin + (index ? (index[1] as string) : pathname.replace(/\/*$/, '/')),
    // Only the clear-signed twin: its signature and its text cannot be mixed up.
    indexPath: `${index ? (index[2] as string) : 'streams/v1/index'}.sjson`,
  };
}

/** A path of the stream as a URL that is below the base, whatever the path says. */
export function urlBelow(base: string, path: string): URL {
  const url = relativePath.safeParse(path).success ? new URL(base + path) : undefined;
  if (!url?.href.startsWith(base)) {
    throw new CodedError('STREAM_INVALID', `The stream names a path that is not below it: ${path}`, { path });
  }
  return url;
}

function unusable(message: string): CodedError {
  return new CodedError('REQUEST_INVALID', message);
}
