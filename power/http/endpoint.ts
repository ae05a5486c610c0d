import { CodedError } from '../../model/index.ts';
import { invalidParameter } from '../invalid.ts';
import type { Destination, Trust } from '../../outbound/index.ts';

export interface EndpointParameters {
  readonly url: string;
  readonly certificate?: string | undefined;
  readonly allowPlainHttp?: boolean | undefined;
}

/** @throws CodedError REQUEST_INVALID, naming the parameter. */
export function trustOf(url: URL, { certificate, allowPlainHttp }: Omit<EndpointParameters, 'url'>): Trust {
  if (url.protocol === 'http:') {
    if (allowPlainHttp !== true)
      throw invalidParameter('url', 'is http: say allowPlainHttp if that is meant');
    if (certificate !== undefined)
      throw invalidParameter('certificate', 'cannot be pinned where there is no TLS');
    return { kind: 'plain' };
  }
  if (url.protocol !== 'https:') throw invalidParameter('url', 'has to be an https URL');
  if (certificate === undefined) return { kind: 'authorities' };
  const sha256 = certificate.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw invalidParameter('certificate', 'is no SHA-256 fingerprint');
  return { kind: 'pinned', sha256 };
}

/**
 * A device's base, `https://host[:port]`. It is called wherever it is: a BMC's network is a private one, and its
 * redirects are not followed.
 */
export function endpointOf(parameters: EndpointParameters): Omit<Destination, 'lookup'> {
  const url = parseUrl('url', parameters.url);
  if (url.pathname !== '/' || url.search) throw invalidParameter('url', 'has to end after host and port');
  return { url, trust: trustOf(url, parameters), reach: 'anywhere' };
}

export function parseUrl(field: string, text: string): URL {
  // The URL parser drops tabs and newlines silently, and a password in a URL is shown everywhere.
  if (!/^[\x21-\x7e]{1,2048}$/.test(text) || !URL.canParse(text)) throw invalidParameter(field, 'is no URL');
  const url = new URL(text);
  if (url.username || url.password) throw invalidParameter(field, 'may hold no user name');
  if (url.hash) throw invalidParameter(field, 'may hold no fragment');
  return url;
}

/** A path of this endpoint, from a link that it gave. @throws CodedError for one that leads elsewhere. */
export function linkOn(base: URL, link: string): URL {
  const url =
    /^[\x21-\x7e]{1,2048}$/.test(link) && URL.canParse(link, base.href) ? new URL(link, base) : undefined;
  if (url?.origin === base.origin && !url.username) return url;
  throw new CodedError('BMC_COMMAND_FAILED', `The BMC at ${base.host} gives a link that leads elsewhere.`, {
    host: base.host,
  });
}
