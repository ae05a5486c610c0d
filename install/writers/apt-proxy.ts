import { checkProxyUrl } from '../plan/check-words.ts';

/** apt.conf(5) */
export function aptProxyText(url: string): string {
  return `Acquire::http::Proxy "${checkProxyUrl(url)}";\n`;
}
