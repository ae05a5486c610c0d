import { lines, type Shell, shell } from '../remote/index.ts';
import { SECTION_MARK } from './sections.ts';

/**
 * Who is at the other end of each cable, by LLDP (IEEE 802.1AB). Run after the collecting script, which raises the links. A switch
 * that has just seen a neighbour answers within a second or two (fast start, 9.1.4); others speak every 30 s and are missed:
 * that is no error. `json0` has the same shape for one neighbour as for many.
 */
export function neighboursScript(): Shell {
  return lines(
    shell`export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
printf '\n%s%s\n' ${SECTION_MARK} neighbours
if command -v lldpd >/dev/null && command -v lldpcli >/dev/null; then
  lldpcli -f json0 show neighbors >/dev/null 2>&1 ||
    systemctl start lldpd 2>/dev/null || lldpd 2>/dev/null || :
  tries=0
  while [ $tries -lt 10 ]; do
    seen=$(lldpcli -f json0 show neighbors details 2>/dev/null) || seen=
    case $seen in
    *'"chassis"'*) break ;;
    esac
    tries=$((tries + 1))
    sleep 1
  done
  printf '%s\n' "$seen"
fi
printf '\n%s%s\n' ${SECTION_MARK} end`,
  );
}
