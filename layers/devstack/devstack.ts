import { lines, type Shell, shell } from '../../remote/index.ts';
import { memoryDemand, reachDemand, roomDemand } from '../parts/demands.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Demand, Layer, LayerStep } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { refusal } from './branch.ts';
import { noteBefore, noteBrought } from './brought.ts';
import { hasLocalConf, LOCAL_CONF, putLocalConf, SECRETS } from './local-conf.ts';
import { type Parameters, parameters } from './parameters.ts';
import { asStack, branchOf, type Context, HOME, REPOSITORY, STATE, SUDOERS, TREE } from './place.ts';
import { hasSudoRule, putSudoRule } from '../parts/sudo-rule.ts';
import { isStacked, isUp, removeStack, stack, startServices, unstack } from './stack-step.ts';
import { verification } from './verify.ts';

const SUDO_RULE = 'stack ALL=(ALL) NOPASSWD: ALL\n';
/** stack.sh asks lsb_release what system it is on before it reads of any proxy. */
const FIRST = ['git', 'sudo', 'lsb-release'];
const APT_CONF = '/etc/apt/apt.conf.d/80rackwright-devstack';
const PIP_CONF = '/etc/pip.conf';

export const devstack: Layer<Parameters> = {
  name: 'devstack',
  version: '1',
  summary: 'OpenStack from its sources on one machine, by DevStack: for development and trials.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],
  conflicts: ['nginx', 'openstack', 'owncloud'],
  secrets: SECRETS.map((secret) => ({ ...secret, from: 'generated' })),

  demands: (context) => [
    ...branchDemand(context),
    memoryDemand(8_192),
    roomDemand(HOME, 30_720),
    ...(context.parameters.offline
      ? [ranBefore]
      : [reachDemand(`${repository(context)}/info/refs?service=git-upload-pack`, context.packageProxy)]),
  ],

  check: (context) =>
    shell`${hasUser} && ${hasText(SUDOERS, SUDO_RULE)} && ${hasClone(context)} && ${hasLocalConf(context)} && ${isStacked} && ${isUp}`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    {
      name: 'install what it begins with',
      does: `Install ${FIRST.join(', ')}: stack.sh is fetched and begins with them.`,
      done: isInstalled(...FIRST),
      script: lines(
        noteBefore,
        aptGet(context.packageProxy, '--no-install-recommends', 'install', ...FIRST),
        noteBrought,
      ),
      deadlineMs: 900_000,
    },
    ...(context.packageProxy === undefined ? [] : [useProxy(context.packageProxy)]),
    addUser,
    allowSudo,
    clone(context),
    ...(context.parameters.pythonIndex === undefined ? [] : [usePythonIndex(context.parameters.pythonIndex)]),
    {
      name: 'write local.conf',
      does: `Write ${LOCAL_CONF}, which its owner alone can read, with the passwords in it. A cloud of another one is taken away first.`,
      done: hasLocalConf(context),
      script: lines(unstack, putLocalConf(context)),
      deadlineMs: 60_000,
    },
    stack,
    startServices,
  ],

  verify: () => [verification],
  remove: () => [...removeStack, removeUser],
};

function branchDemand(context: Context): readonly Demand[] {
  const reason = refusal(branchOf(context), context.system);
  if (reason === undefined) return [];
  return [
    {
      kind: 'script',
      name: 'a system that the branch takes',
      code: 'LAYER_UNSUPPORTED',
      script: shell`echo ${reason}; exit 1`,
    },
  ];
}

const ranBefore: Demand = {
  kind: 'script',
  name: 'a run of stack.sh before',
  code: 'LAYER_UNSUPPORTED',
  script: shell`[ -f ${STATE}/ran ] || { echo 'stack.sh must have ended well here once before it can be run offline'; exit 1; }`,
};

function repository({ parameters: { mirror } }: Context): string {
  return mirrored(REPOSITORY, mirror);
}

const hasUser: Shell = shell`[ "$(getent passwd stack | cut -d : -f 6)" = ${HOME} ] && [ -d ${HOME} ]`;

const addUser: LayerStep = {
  name: 'add the user stack',
  does: `Add the user stack, who lives in ${HOME}: stack.sh does not run as root.`,
  done: hasUser,
  script: lines(
    // A user of that name that is not ours would lose his home with the layer.
    shell`[ -z "$(getent passwd stack)" ] || [ "$(getent passwd stack | cut -d : -f 6)" = ${HOME} ] || { echo 'there is a user stack who lives elsewhere'; exit 1; }`,
    shell`getent passwd stack >/dev/null || useradd --user-group --shell /bin/bash --home-dir ${HOME} --no-create-home stack`,
    // Everybody may pass: the web server goes through it to what it serves.
    shell`install -d -o stack -g stack -m 0755 ${HOME}`,
  ),
  deadlineMs: 60_000,
};

const allowSudo: LayerStep = {
  name: 'allow sudo',
  does: 'Let stack become root without a password, as stack.sh demands.',
  done: hasSudoRule(SUDOERS, SUDO_RULE),
  script: putSudoRule(SUDOERS, SUDO_RULE),
  deadlineMs: 60_000,
};

function git(words: readonly string[]): Shell {
  return asStack(shell`git -C ${TREE} ${words}`);
}

function hasClone(context: Context): Shell {
  const { commit } = context.parameters;
  const right = shell`[ "$(${git(['config', '--get', 'remote.origin.url'])} 2>/dev/null)" = ${repository(context)} ] && [ "$(${git(['config', '--get', 'rackwright.branch'])} 2>/dev/null)" = ${branchOf(context)} ]`;
  return commit === undefined
    ? right
    : shell`${right} && [ "$(${git(['rev-parse', 'HEAD'])} 2>/dev/null)" = ${commit} ]`;
}

function clone(context: Context): LayerStep {
  const { packageProxy, parameters } = context;
  const [branch, draft] = [branchOf(context), `${TREE}.rackwright-new`];
  const proxy = packageProxy === undefined ? [] : ['-c', `http.proxy=${packageProxy}`];
  const words = [...proxy, 'clone', '--single-branch', '--branch', branch, repository(context), draft];
  return {
    name: 'fetch devstack',
    does: `Clone the branch ${branch} of ${repository(context)}${parameters.commit === undefined ? '' : ` at ${parameters.commit}`}. A cloud of another one is taken away first.`,
    done: hasClone(context),
    script: lines(
      shell`rm -rf ${draft}`,
      asStack(shell`git ${words}`),
      ...(parameters.commit === undefined
        ? []
        : [asStack(shell`git -C ${draft} reset --quiet --hard ${parameters.commit}`)]),
      asStack(shell`git -C ${draft} config rackwright.branch ${branch}`),
      unstack,
      shell`rm -rf ${TREE}`,
      shell`mv ${draft} ${TREE}`,
    ),
    deadlineMs: 5_400_000,
  };
}

/** Not every apt-get that stack.sh runs is told of the proxy in local.conf. */
function useProxy(packageProxy: string): LayerStep {
  const text = `Acquire::http::Proxy "${packageProxy}";\n`;
  return {
    name: 'name the package proxy',
    does: `Have apt fetch by ${packageProxy}, whoever runs it.`,
    done: hasText(APT_CONF, text),
    script: putText(APT_CONF, text),
    deadlineMs: 60_000,
  };
}

function pipConf(index: string): string {
  return `# Written by Rackwright for DevStack.\n[global]\nindex-url = ${index}\n`;
}

function usePythonIndex(index: string): LayerStep {
  return {
    name: 'name the Python index',
    does: `Have pip fetch from ${index}.`,
    done: hasText(PIP_CONF, pipConf(index)),
    script: putText(PIP_CONF, pipConf(index)),
    deadlineMs: 60_000,
  };
}

const removeUser: LayerStep = {
  name: 'remove the user stack',
  does: `Remove the user stack, ${HOME}, and the right to become root.`,
  done: shell`[ -z "$(getent passwd stack)" ] && [ ! -e ${HOME} ] && [ ! -e ${SUDOERS} ] && [ ! -e ${APT_CONF} ] && [ ! -e ${STATE} ]`,
  script: lines(
    shell`if getent passwd stack >/dev/null; then pkill -KILL -u stack || :; userdel stack; fi`,
    shell`rm -f ${[SUDOERS, APT_CONF]} /etc/sudoers.d/50_stack_sh`,
    shell`[ ! -f ${PIP_CONF} ] || ! grep -q '^# Written by Rackwright for DevStack' ${PIP_CONF} || rm -f ${PIP_CONF}`,
    shell`rm -rf --one-file-system ${HOME}`,
    shell`rm -rf ${STATE}`,
  ),
  deadlineMs: 600_000,
};
