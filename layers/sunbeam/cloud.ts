import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerMember, LayerStep } from '../layer.ts';
import { LOGIN_USER } from '../parts/login-user.ts';
import { HELPER, helper, MANIFEST, onMachines } from './helper.ts';
import { CIDR_TOKEN, manifestText, nameToken } from './manifest.ts';
import type { Context } from './parameters.ts';
import { duties, firstOf, othersOf, STATE } from './places.ts';

const TEMPLATE = `${STATE}/manifest-template`;
const BOOTSTRAPPED = `${STATE}/bootstrapped`;
const CONFIGURED = `${STATE}/configured`;
const RESIZED = `${STATE}/resized`;
/** Full names of those that were let in, by their addresses. */
export const JOINED = `${STATE}/members`;

/** Sets `manifest`. */
const manifestPath: Shell = shell`manifest=$(getent passwd ${LOGIN_USER} | cut -d : -f 6)/${MANIFEST}`;

export function writeManifest(context: Context): LayerStep {
  const text = manifestText(context);
  const { address } = firstOf(context);
  return {
    name: 'write the manifest',
    does: `Ask every machine for its full name, and write ${MANIFEST} for Sunbeam: the answers to all that it would ask.`,
    done: lines(manifestPath, shell`${hasText(TEMPLATE, text)} && [ -s "$manifest" ]`),
    script: lines(
      onMachines,
      manifestPath,
      shell`draft=$(mktemp)`,
      shell`trap 'rm -f "$draft" "$draft.2"' EXIT`,
      shell`net=$(ip -o -4 route show scope link src ${address} | awk '$1 ~ "/" { print $1; exit }')`,
      shell`[ -n "$net" ] || { echo "no card is in a network with "${address}; exit 1; }`,
      shell`token=${CIDR_TOKEN}`,
      shell`printf %s ${text} | sed "s|$token|$net|" >"$draft"`,
      ...context.members.map(
        (member) =>
          shell`name=$(full_name ${member.address}) token=${nameToken(member.address)}
sed "s|$token|$name|" "$draft" >"$draft.2"
mv "$draft.2" "$draft"`,
      ),
      shell`install -o ${LOGIN_USER} -g ${LOGIN_USER} -m 0644 "$draft" "$manifest.new"`,
      shell`mv "$manifest.new" "$manifest"`,
      putText(TEMPLATE, text),
    ),
    deadlineMs: 300_000,
  };
}

export const isBootstrapped: Shell = shell`[ -e ${BOOTSTRAPPED} ]`;

/** Sunbeam goes on where it was cut off, when it is asked again. */
export function bootstrap(context: Context): LayerStep {
  const { name, address, role } = firstOf(context);
  const roles = duties(role, context.parameters).join(',');
  return {
    name: 'bootstrap the cloud',
    does: `Make ${name} the first machine of the cloud: ${roles}.`,
    done: isBootstrapped,
    script: lines(onMachines, helper(address, 'bootstrap', roles), shell`: >${BOOTSTRAPPED}`),
    deadlineMs: 4 * 3_600_000,
  };
}

/** Also makes a changed manifest the cloud's own, which machines that join are told. */
export function configure(context: Context): LayerStep {
  return {
    name: 'configure the cloud',
    does: 'Give it its networks outside, a first image, sizes of guests, and the project demo.',
    done: shell`${manifestPath}
[ -s "$manifest" ] && [ "$(cat ${CONFIGURED} 2>/dev/null)" = "$(sha256sum <"$manifest")" ]`,
    script: lines(
      onMachines,
      manifestPath,
      helper(firstOf(context).address, 'configure'),
      shell`sha256sum <"$manifest" >${CONFIGURED}`,
    ),
    deadlineMs: 7_200_000,
  };
}

function hasJoined({ address }: LayerMember): Shell {
  return shell`[ -e ${`${JOINED}/${address}`} ]`;
}

export function haveJoined(context: Context): Shell {
  return lines(...othersOf(context).map((member) => shell`${hasJoined(member)} || exit 1`));
}

/** One by one: Sunbeam locks what it changes. The token passes by SSH, and is in no argument and no log. */
export function joinMachines(context: Context): readonly LayerStep[] {
  const first = firstOf(context).address;
  return othersOf(context).map((member) => {
    const { name, address, role } = member;
    const roles = duties(role, context.parameters).join(',');
    return {
      name: `join ${name}`,
      does: `Get a token for ${name}, hand it over by SSH, and have the machine join: ${roles}.`,
      done: hasJoined(member),
      script: lines(
        onMachines,
        shell`name=$(full_name ${address})`,
        shell`echo "$name joins as "${roles}`,
        shell`${helper(first, 'token')} "$name" | feed ${[address, 'bash', HELPER, 'take']}`,
        helper(address, 'join', roles),
        shell`mkdir -p ${JOINED}`,
        shell`echo "$name" >${`${JOINED}/${address}`}.new`,
        shell`mv ${`${JOINED}/${address}`}.new ${`${JOINED}/${address}`}`,
      ),
      deadlineMs: 2 * 3_600_000,
    };
  });
}

/** Services run once until they are told that there are more machines for them. */
export function resize(context: Context): readonly LayerStep[] {
  const controls = context.members.filter(({ role }) =>
    duties(role, context.parameters).includes('control'),
  ).length;
  if (controls < 2) return [];
  const text = `${controls}\n`;
  return [
    {
      name: 'spread the control plane',
      does: `Have the services of the cloud run on ${controls} machines.`,
      done: hasText(RESIZED, text),
      script: lines(onMachines, helper(firstOf(context).address, 'resize'), putText(RESIZED, text)),
      deadlineMs: 7_200_000,
    },
  ];
}

/**
 * Of those that are not named any more: one that `sunbeam cluster remove` took out may be cleared, and is told so. Others
 * stay what they are.
 */
export function letGo(context: Context): LayerStep {
  const first = firstOf(context).address;
  const named = othersOf(context).map(({ address }) => address);
  const left = shell`named=${` ${named.join(' ')} `}
gone() {
  for file in ${JOINED}/*; do
    [ -e "$file" ] || continue
    case $named in *" $(basename "$file") "*) continue ;; esac
    printf '%s\\n' "$cloud" | grep -qxE " +hostname: $(cat "$file")" || basename "$file"
  done
}`;
  return {
    name: 'let go of machines',
    does: 'Tell those that were taken out of the cloud that they may be cleared.',
    done: lines(
      left,
      shell`cloud=`,
      shell`[ -n "$(gone)" ] || exit 0`,
      onMachines,
      shell`cloud=$(${helper(first, 'list')}) && [ -z "$(gone)" ]`,
    ),
    script: lines(
      onMachines,
      left,
      shell`cloud=$(${helper(first, 'list')})`,
      shell`for member in $(gone); do
  on "$member" sudo touch ${STATE}/ended
  rm ${JOINED}/"$member"
  echo "$member may be cleared"
done`,
    ),
    deadlineMs: 300_000,
  };
}
