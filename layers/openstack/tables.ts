import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { hasVolumes } from './duties.ts';
import type { Context } from './parameters.ts';
import { configFile, STATE } from './paths.ts';

interface Tables {
  readonly user: string;
  readonly database: string;
  /** Its version says whether the tables are those of the programs. */
  readonly package: string;
  readonly script: Shell;
}

/** The password of the cells' databases comes from the configuration, not from a word. */
const nova = shell`nova-manage api_db sync
nova-manage cell_v2 map_cell0
nova-manage db sync
if nova-manage cell_v2 list_cells | grep -q ' cell1 '; then :; else nova-manage cell_v2 create_cell --name=cell1; fi`;

const cinder: Tables = {
  user: 'cinder',
  database: 'cinder',
  package: 'python3-cinder',
  script: shell`cinder-manage db sync`,
};

const always: readonly Tables[] = [
  {
    user: 'keystone',
    database: 'keystone',
    package: 'python3-keystone',
    script: shell`keystone-manage db_sync`,
  },
  {
    user: 'glance',
    database: 'glance',
    package: 'python3-glance',
    script: shell`glance-manage db_sync
glance-manage db_load_metadefs`,
  },
  {
    user: 'placement',
    database: 'placement',
    package: 'python3-placement',
    script: shell`placement-manage db sync`,
  },
  { user: 'nova', database: 'nova', package: 'python3-nova', script: nova },
  {
    user: 'neutron',
    database: 'neutron',
    package: 'python3-neutron',
    script: shell`neutron-db-manage --config-file /etc/neutron/neutron.conf --config-file ${configFile('neutron')} upgrade head`,
  },
];

function versionOf({ package: name }: Tables): Shell {
  return shell`"$(dpkg-query -W -f '\${Version}' ${name})"`;
}

function isMade(one: Tables): Shell {
  return shell`[ "$(cat ${STATE}/tables-${one.user} 2>/dev/null)" = ${versionOf(one)} ] && [ "$(mariadb -N -e ${`SELECT COUNT(*) > 0 FROM information_schema.tables WHERE table_schema = '${one.database}'`})" = 1 ]`;
}

/** A mark that could not be written is what tells of a failure: of a pipe only the last program's end is known. */
function makeUnlessMade(one: Tables): Shell {
  const { user, script } = one;
  return shell`if ${isMade(one)}; then :; else
  { runuser -u ${user} -- sh -eu -c ${script.text} && printf %s ${versionOf(one)} >${STATE}/tables-${user}; } 2>&1 | sed ${`s/^/${user}: /`} &
  jobs="$jobs $!"
fi`;
}

/** Side by side: each is one process that mostly waits for the database's disk. */
export function makeTables(context: Context): LayerStep {
  const tables = hasVolumes(context) ? [...always, cinder] : always;
  return {
    name: 'make the tables',
    does: `Bring the tables of ${tables.map(({ user }) => user).join(', ')} to what their programs expect.`,
    done: tables.map(isMade).reduce((sum, each) => shell`${sum} && ${each}`),
    script: lines(
      shell`jobs=`,
      ...tables.map(makeUnlessMade),
      shell`for job in $jobs; do wait "$job"; done`,
      ...tables.map(
        (one) => shell`${isMade(one)} || { echo ${`the tables of ${one.user} are not made`}; exit 1; }`,
      ),
    ),
    deadlineMs: 1_800_000,
  };
}
