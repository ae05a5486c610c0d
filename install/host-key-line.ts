/** The public host keys that step `configure` says in its log: `ssh-ed25519 AAAA…`. Of each kind the last one counts. */
export function parseHostKeyLines(log: string): readonly string[] {
  const found = log.matchAll(
    /^host-key: ((ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/]{68,1024}={0,2})\r?$/gm,
  );
  return [...new Map([...found].map(([, line, type]) => [type, line as string])).values()];
}
