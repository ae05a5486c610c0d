/** The public host key that step `configure` says in its log: `ssh-ed25519 AAAA…`. The last one counts. */
export function parseHostKeyLine(log: string): string | undefined {
  const found = [...log.matchAll(/^host-key: (ssh-ed25519 [A-Za-z0-9+/]{68})\r?$/gm)];
  return found.at(-1)?.[1];
}
