import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerMember, LayerStep } from '../layer.ts';
import type { Context } from './parameters.ts';
import { HOSTS } from './paths.ts';

const BEGIN = '# rackwright openstack: begin';
const END = '# rackwright openstack: end';

const without = shell`sed ${`/^${BEGIN}$/,/^${END}$/d`} ${HOSTS}`;

/** In place: it may be a mount of its own. */
function rewrite(text: Shell): Shell {
  return lines(
    shell`draft=$(mktemp)`,
    shell`trap 'rm -f "$draft"' EXIT`,
    text,
    shell`cat "$draft" >${HOSTS}`,
  );
}

/** On top: the first line that has a name wins, and systems give their own name to 127.0.1.1. */
export function nameMembers({
  members,
  parameters: { hostname },
}: Pick<Context, 'members' | 'parameters'>): LayerStep {
  const entry = ({ name, address, role }: LayerMember) =>
    [address, name, ...(role === 'controller' && hostname !== undefined ? [hostname] : [])].join(' ');
  const block = [BEGIN, ...members.map(entry), END].join('\n');
  return {
    name: 'name the machines',
    does: `Have ${members.map(({ name }) => name).join(', ')} known by name in ${HOSTS}.`,
    done: shell`[ "$(head -n ${members.length + 2} ${HOSTS})" = ${block} ] && [ "$(grep -c ${`^${BEGIN}$`} ${HOSTS})" = 1 ]`,
    script: rewrite(shell`{ printf '%s\\n' ${block}; ${without}; } >"$draft"`),
    deadlineMs: 60_000,
  };
}

export const forgetMembers: LayerStep = {
  name: 'forget the names',
  does: `Take the names of the machines out of ${HOSTS}.`,
  done: shell`! grep -q ${`^${BEGIN}$`} ${HOSTS}`,
  script: rewrite(shell`${without} >"$draft"`),
  deadlineMs: 60_000,
};
