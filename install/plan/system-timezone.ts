import { quoted, refuse } from './refuse.ts';

/** IANA, theory.html, "Timezone identifiers". Below /usr/share/zoneinfo it is a path. */
const zoneName = /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z][A-Za-z0-9_+-]{0,31}){0,2}$/;

/** Whether the image has it too is seen when it is unpacked; package tzdata is brought in then. */
export function checkTimezone(name: string, path: string): string {
  const known = zoneName.test(name) ? canonicalZone(name) : undefined;
  if (known === undefined)
    refuse(path, `${quoted(name)} is no time zone of the IANA database, such as Europe/Berlin.`);
  // Files have one spelling; an alias (US/Pacific) keeps its own.
  if (known !== name && known.toLowerCase() === name.toLowerCase()) refuse(path, `It is spelt ${known}.`);
  return name;
}

function canonicalZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
