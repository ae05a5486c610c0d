import { lines, type Shell, shell } from '../../../remote/index.ts';
import { putText } from '../file-step.ts';
import type { Demand, LayerContext, LayerStep } from '../../layer.ts';
import { bridgeOptions, toBridge } from './ifupdown.ts';
import { netplanBridge } from './netplan.ts';
import type { BridgeParameters } from './parameters.ts';
import { BRIDGE_FOLDER, bridgeTool } from './tool.ts';

type Context = Pick<LayerContext<BridgeParameters>, 'address' | 'parameters'>;
const TOOL = `${BRIDGE_FOLDER}/tool`;

/** Says which interface it is. */
function portOf({ address, parameters: { bridgePort } }: Context): Shell {
  if (bridgePort !== undefined) return shell`echo ${bridgePort}`;
  return shell`if [ -f ${BRIDGE_FOLDER}/kept ]; then cat ${BRIDGE_FOLDER}/port
else
  device=$(ip -4 -o route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
  [ -n "$device" ] || device=$(ip -4 -o address show | awk -v address=${address} 'index($4, address "/") == 1 { print $2; exit }')
  echo "$device"
fi`;
}

/** Says who sets up the network: whoever knows the port, or else whoever is there. */
const systemOf = shell`if cat /etc/network/interfaces /etc/network/interfaces.d/* 2>/dev/null | grep -Eq "^[[:space:]]*iface[[:space:]]+\${port}[[:space:]]"; then echo ifupdown
elif command -v netplan >/dev/null && ls /etc/netplan/*.yaml >/dev/null 2>&1; then echo netplan
elif command -v ifup >/dev/null; then echo ifupdown
else echo none
fi`;

export function bridgeDemands(context: Context): readonly Demand[] {
  const { bridge } = context.parameters;
  if (bridge === undefined) return [];
  return [
    {
      kind: 'script',
      name: `a port for the bridge ${bridge}`,
      code: 'LAYER_UNMET',
      script: shell`port=$(${portOf(context)})
[ -n "$port" ] || { echo "there is no default route to tell the port by; name it as bridgePort"; exit 1; }
[ -e "/sys/class/net/$port" ] || { echo "there is no interface $port, but $(ls /sys/class/net | tr '\\n' ' ')"; exit 1; }
if [ -f ${BRIDGE_FOLDER}/kept ]; then
  [ "$(cat ${BRIDGE_FOLDER}/name ${BRIDGE_FOLDER}/port)" = "$(printf '%s\\n' ${bridge} "$port")" ] || { echo "there is the bridge $(cat ${BRIDGE_FOLDER}/name) over $(cat ${BRIDGE_FOLDER}/port) already; remove the layer first"; exit 1; }
  exit 0
fi
[ ! -e ${`/sys/class/net/${bridge}`} ] || [ -e ${BRIDGE_FOLDER} ] || { echo "there is an interface ${bridge} already"; exit 1; }
if [ "$port" = lo ] || [ -d "/sys/class/net/$port/bridge" ] || [ -d "/sys/class/net/$port/wireless" ]; then echo "$port cannot be the port of a bridge"; exit 1; fi
[ -e ${BRIDGE_FOLDER} ] || [ ! -e "/sys/class/net/$port/master" ] || { echo "$port belongs to $(basename "$(readlink "/sys/class/net/$port/master")") already"; exit 1; }
[ "$(${systemOf})" != none ] || { echo "neither ifupdown nor netplan sets up the network of this machine"; exit 1; }`,
    },
  ];
}

/** Two steps: the second one comes over the new bridge, or else the first is undone by the machine itself. */
export function layBridge(context: Context): readonly LayerStep[] {
  const { parameters } = context;
  const { bridge, bridgePort, stp, forwardDelay, hello, maxAge, bridgeTrial } = parameters;
  if (bridge === undefined) return [];
  const wanted = JSON.stringify({ bridge, bridgePort, stp, forwardDelay, hello, maxAge });
  const stands = shell`[ -e ${`/sys/class/net/${bridge}/brif`}/"$(cat ${BRIDGE_FOLDER}/port)" ]`;
  const says = (file: string) => shell`[ "$(cat ${`${BRIDGE_FOLDER}/${file}`} 2>/dev/null)" = ${wanted} ]`;
  return [
    {
      name: `lay the bridge ${bridge}`,
      does: `Move the addresses of ${bridgePort ?? 'the main interface'} to a bridge over it; after ${bridgeTrial} s the old configuration comes back, unless the next step reaches the machine.`,
      done: shell`{ ${says('armed')} || ${says('kept.new')} || { ${says('kept')} && [ ! -e ${BRIDGE_FOLDER}/armed ]; }; } && ${stands}`,
      script: lines(
        shell`port=$(${portOf(context)})`,
        shell`mkdir -p ${BRIDGE_FOLDER}`,
        shell`cd ${BRIDGE_FOLDER} || exit 1`,
        shell`if [ -e armed ] || [ -e returning ]; then echo "what was tried before is undone first"; sh ${TOOL} back; fi`,
        shell`if [ ! -e kept ]; then`,
        shell`  echo "$port" >port`,
        shell`  echo ${bridge} >name`,
        shell`  (${systemOf}) >system`,
        shell`fi`,
        putText(TOOL, bridgeTool),
        shell`[ -e kept ] || sh ${TOOL} copy before`,
        shell`rm -rf next`,
        shell`cp -a before next`,
        shell`case $(cat system) in
ifupdown)
${ifupdownBridge(parameters)}
;;
netplan)
${netplanBridge(parameters)}
;;
esac`,
        shell`ip -o address show dev ${bridge} scope global >had-address 2>/dev/null || ip -o address show dev "$port" scope global >had-address`,
        shell`echo "$port becomes a port of "${bridge}`,
        shell`sh ${TOOL} try next ${bridgeTrial} ${wanted}`,
        hasAddress(bridge),
      ),
      deadlineMs: 300_000,
    },
    {
      name: `keep the bridge ${bridge}`,
      does: `Reach the machine over ${bridge}, and take the timer away that would undo it.`,
      done: shell`${says('kept')} && [ ! -e ${BRIDGE_FOLDER}/armed ]`,
      script: shell`sh ${TOOL} keep`,
      deadlineMs: 60_000,
    },
  ];
}

function ifupdownBridge(parameters: BridgeParameters): Shell {
  const { bridge = '' } = parameters;
  const options = bridgeOptions('PORT', parameters);
  return shell`options=$(printf '%s\\n' ${options} | sed "s/PORT/$port/")
for file in next/etc/network/interfaces $(find next/etc/network/interfaces.d -type f 2>/dev/null); do
  grep -Eq "^[[:space:]]*iface[[:space:]]+\${port}[[:space:]]" "$file" || continue
  port=$port bridge=${bridge} options=$options awk ${toBridge} "$file" >next/draft
  cat next/draft >"$file"
  options=
done
rm -f next/draft
if [ -n "$options" ]; then
  printf '\\nauto %s\\niface %s inet manual\\nauto %s\\niface %s inet manual\\n%s\\n' "$port" "$port" ${bridge} ${bridge} "$options" >>next/etc/network/interfaces
fi`;
}

/** A bridge that got no address where the port had one is undone at once. */
function hasAddress(bridge: string): Shell {
  return shell`left=30
until ip -o address show dev ${bridge} scope global | grep -q . || [ ! -s had-address ]; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo ${`${bridge} got no address; the old configuration comes back`}; sh ${TOOL} back; exit 1; }
  sleep 1
done`;
}

/** With the same trial; a configuration that others changed since is not thrown away. */
export function removeBridge(seconds: number): readonly LayerStep[] {
  return [
    {
      name: 'take the bridge away',
      does: `Put the configuration from before the bridge back; after ${seconds} s it is undone, unless the next step reaches the machine.`,
      done: shell`cd ${BRIDGE_FOLDER} 2>/dev/null || exit 0; grep -qsx removal armed kept.new kept || { [ ! -e kept ] && [ ! -e kept.new ] && [ ! -e armed ]; }`,
      script: shell`cd ${BRIDGE_FOLDER} || exit 1
if [ -e armed ] || [ -e returning ]; then echo "what was tried before is undone first"; sh ${TOOL} back; fi
[ -e kept ] || exit 0
sh ${TOOL} same after || { echo "the network configuration was changed after the bridge was laid; take it away by hand, and then remove ${BRIDGE_FOLDER}"; exit 1; }
sh ${TOOL} try before ${seconds} removal`,
      deadlineMs: 300_000,
    },
    {
      name: 'keep the network without a bridge',
      does: 'Reach the machine without it, and take the timer away that would undo that.',
      done: shell`[ ! -e ${BRIDGE_FOLDER} ]`,
      script: shell`cd ${BRIDGE_FOLDER} || exit 1
if [ -e armed ] || [ -e kept.new ]; then sh ${TOOL} keep; fi
if [ -e kept ]; then grep -qx removal kept || sh ${TOOL} keep; fi
cd / && rm -rf ${BRIDGE_FOLDER}`,
      deadlineMs: 60_000,
    },
  ];
}
