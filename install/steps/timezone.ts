import { lines, type Shell, shell } from '../../remote/index.ts';

/** localtime(5). A link may be written before its target is there: package tzdata may still have to come. */
export function setTimezone(zone: string | undefined): Shell {
  if (zone === undefined) return lines();
  return shell`rm -f "$target/etc/localtime"
ln -s ${`/usr/share/zoneinfo/${zone}`} "$target/etc/localtime"
rm -f "$target/etc/timezone"
printf '%s\n' ${zone} >"$target/etc/timezone"`;
}
