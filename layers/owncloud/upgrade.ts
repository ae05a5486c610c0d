import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { isAtVersion, unpackNext } from './tree.ts';
import {
  BACKUPS,
  type Context,
  defineOcc,
  defineVersionOf,
  downloadOf,
  releaseOf,
  STATE,
  TREE,
  TREE_BEFORE,
  TREE_NEXT,
  UPGRADING,
} from './places.ts';

/**
 * Either the new release is in its place and has brought the database along, or everything is as it was before: tree,
 * configuration and database. What was cut off is put back first, whatever was done of it. Users meet a server in
 * maintenance, never half of one.
 */
export function upgrade(context: Context): LayerStep {
  const { version } = releaseOf(context);
  const { dataDirectory, backupData } = context.parameters;
  return {
    name: 'upgrade ownCloud',
    does: `Bring it to ${version}: back up to ${BACKUPS}, switch the tree, upgrade the database; go back if that fails.`,
    done: isAtVersion(version),
    script: lines(
      shell`umask 022`,
      defineVersionOf,
      defineOcc,
      putBack,
      shell`if [ -e ${UPGRADING} ]; then
  echo 'an upgrade was cut off: what was before it is put back'
  put_back
fi`,
      shell`rm -rf ${TREE_BEFORE}`,
      shell`old=$(version_of ${TREE})`,
      shell`[ "$old" != ${version} ] || exit 0`,
      shell`echo "from $old to "${version}`,
      unpackNext(context),
      shell`backup=${BACKUPS}/$old-$(date -u +%Y%m%dT%H%M%SZ)`,
      shell`mkdir -p ${STATE}`,
      shell`printf '%s\\n' "$backup" >${UPGRADING}`,
      // From here on, whatever fails: put back, and say why.
      shell`reason='the upgrade failed'`,
      shell`ending() {
  status=$?
  trap - EXIT HUP INT TERM
  [ "$status" -ne 0 ] || return 0
  put_back
  echo "$reason; ownCloud is $old again"
  exit 1
}`,
      shell`trap ending EXIT`,
      shell`trap 'reason="the upgrade was stopped"; exit 143' HUP INT TERM`,
      shell`occ maintenance:mode --on`,
      backUp(dataDirectory, backupData),
      shell`for keep in config apps-external themes; do
  [ -d ${TREE}/"$keep" ] || continue
  mkdir -p ${TREE_NEXT}/"$keep"
  cp -a ${TREE}/"$keep"/. ${TREE_NEXT}/"$keep"/
done`,
      shell`mv ${TREE} ${TREE_BEFORE}`,
      shell`mv ${TREE_NEXT} ${TREE}`,
      forgetCompiled,
      shell`status=0`,
      shell`occ upgrade >${STATE}/said 2>&1 || status=$?`,
      shell`cat ${STATE}/said`,
      // 3: there was nothing to do.
      shell`if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
  reason="occ upgrade: $(grep -v '^ *$' ${STATE}/said | tail -n 1 | cut -c 1-150)"
  exit 1
fi`,
      shell`occ maintenance:mode --off`,
      shell`trap - EXIT HUP INT TERM`,
      shell`rm -f ${UPGRADING} ${STATE}/said`,
      shell`rm -rf ${TREE_BEFORE} ${downloadOf(context).path}`,
      shell`echo "the backup is in $backup"`,
    ),
    deadlineMs: 7_200_000,
  };
}

/** Readable by root alone: it has passwords and people's files. The dump is whole once it has its name. */
function backUp(dataDirectory: string, withData: boolean): Shell {
  return lines(
    shell`(
  umask 077
  mkdir -p "$backup"
  cp -a ${`${TREE}/config`} "$backup/config"
  mariadb-dump --single-transaction --databases owncloud >"$backup/database.sql.part"
  mv "$backup/database.sql.part" "$backup/database.sql"
)`,
    withData
      ? shell`(umask 077 && tar --create --directory ${dataDirectory} --file "$backup/data.tar" .)`
      : shell`echo 'the files of users are not copied: an upgrade does not touch them'`,
  );
}

/** PHP knows a file that it compiled by name and time alone, and archives may have one time for all their files. */
const forgetCompiled = shell`systemctl try-reload-or-restart apache2`;

/** The dump is put back only when the new release may have written to the database: after the switch. */
const putBack = shell`put_back() {
  backup=$(cat ${UPGRADING})
  rm -rf ${TREE_NEXT}
  if [ -d ${TREE_BEFORE} ]; then
    if [ -e "$backup/database.sql" ]; then
      mariadb -e 'DROP DATABASE IF EXISTS owncloud'
      mariadb <"$backup/database.sql"
    fi
    rm -rf ${TREE}
    mv ${TREE_BEFORE} ${TREE}
    ${forgetCompiled}
  fi
  occ maintenance:mode --off
  rm -f ${UPGRADING}
}`;
