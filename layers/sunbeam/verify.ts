import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { useCloud } from '../parts/use-cloud.ts';
import { helper, HELPER, onMachines } from './helper.ts';
import type { Context } from './parameters.ts';
import { firstOf, isFirst } from './places.ts';

/** Of what `cluster list` says: \`MACHINES\`, and a line for each part that is not up. */
const JUDGE = `/^ +hostname: / { machines++ }
/^ +(machine|cluster|clusterd|compute|control|network|storage): / { if ($2 !~ /^(ONLINE|running|started|active)$/) bad = bad "\\n" $1 " " $2 }
END { print machines + 0 bad }`;

/** Where the network outside is not ours to route, the server's own console has to do. */
const CONSOLE = `openstack console log show $name | grep -q 'login:' || exit 1
  echo 'the network outside is not reached from here; its console says that it has started'`;

export function verifications(context: Context): readonly Verification[] {
  if (!isFirst(context)) return [];
  const { address } = firstOf(context);
  const isLocal = context.parameters.externalInterface === undefined;
  const use = `export PATH="$PATH:/snap/bin" COLUMNS=1000
while IFS= read -r line; do
  case $line in 'export OS_'*) line=\${line#export }; export "\${line?}" ;; esac
done < <(sunbeam openrc </dev/null)
[ -n "\${OS_AUTH_URL:-}" ] || { echo 'sunbeam openrc gave no OS_AUTH_URL'; exit 1; }
${useCloud({
  external: 'external-network',
  services: ['keystone', 'glance', 'nova', 'neutron', 'placement'],
  scratch: '"$HOME"',
  ...(!isLocal && { unreached: CONSOLE }),
})}`;
  return [
    {
      kind: 'command',
      name: 'all of its machines are up',
      script: lines(
        onMachines,
        shell`left=60
while :; do
  seen=$(${helper(address, 'list')} 2>&1) || :
  judged=$(printf '%s\\n' "$seen" | awk ${JUDGE})
  [ "$judged" != ${context.members.length} ] || break
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "not all is up; last seen:"; printf '%s\\n' "$seen"; exit 1; }
  sleep 10
done`,
        shell`echo "$judged machines are up"`,
      ),
      deadlineMs: 1_800_000,
    },
    {
      kind: 'command',
      name: 'a server is booted and reached',
      script: lines(onMachines, shell`printf %s ${use} | feed ${[address, 'bash', HELPER, 'run']}`),
      deadlineMs: 3_600_000,
    },
  ];
}
