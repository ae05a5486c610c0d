import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';

const HOSTS = '/etc/hosts';
const begin = (layer: string) => `# rackwright ${layer}: begin`;
const end = (layer: string) => `# rackwright ${layer}: end`;

function without(layer: string): Shell {
  return shell`sed ${`/^${begin(layer)}$/,/^${end(layer)}$/d`} ${HOSTS}`;
}

/** In place: it may be a mount of its own. */
function rewrite(text: Shell): Shell {
  return lines(
    shell`draft=$(mktemp)`,
    shell`trap 'rm -f "$draft"' EXIT`,
    text,
    shell`cat "$draft" >${HOSTS}`,
  );
}

export interface HostLine {
  readonly address: string;
  /** The first one is what the address is called. */
  readonly names: readonly string[];
}

/** On top: the first line that has a name wins, and systems give their own name to 127.0.1.1. */
export function nameHosts(layer: string, hosts: readonly HostLine[]): LayerStep {
  const block = [
    begin(layer),
    ...hosts.map(({ address, names }) => [address, ...names].join(' ')),
    end(layer),
  ].join('\n');
  return {
    name: 'name the machines',
    does: `Have ${hosts.map(({ names }) => names[0]).join(', ')} known by name in ${HOSTS}.`,
    done: shell`[ "$(head -n ${hosts.length + 2} ${HOSTS})" = ${block} ] && [ "$(grep -c ${`^${begin(layer)}$`} ${HOSTS})" = 1 ]`,
    script: rewrite(shell`{ printf '%s\\n' ${block}; ${without(layer)}; } >"$draft"`),
    deadlineMs: 60_000,
  };
}

export function forgetNames(layer: string): LayerStep {
  return {
    name: 'forget the names',
    does: `Take the names of the machines out of ${HOSTS}.`,
    done: shell`! grep -q ${`^${begin(layer)}$`} ${HOSTS}`,
    script: rewrite(shell`${without(layer)} >"$draft"`),
    deadlineMs: 60_000,
  };
}
