import type { BridgeParameters } from './parameters.ts';

/** bridge-utils-interfaces(5). The bridge has the port's own hardware address, so that leases and neighbours hold. */
export function bridgeOptions(port: string, { stp, forwardDelay, hello, maxAge }: BridgeParameters): string {
  return [
    `\tbridge_ports ${port}`,
    `\tbridge_hw ${port}`,
    `\tbridge_stp ${stp ? 'on' : 'off'}`,
    `\tbridge_fd ${forwardDelay}`,
    `\tbridge_hello ${hello}`,
    `\tbridge_maxage ${maxAge}`,
    `\tbridge_waitport 0`,
  ].join('\n');
}

/**
 * For awk, with `port`, `bridge` and `options` in the environment: a file of interfaces(5) in which what was said of the port
 * is said of the bridge, and the port is only brought up. What belongs to the card itself stays with it. Every other
 * stanza is left as it is.
 */
export const toBridge = `
BEGIN {
  port = ENVIRON["port"]
  bridge = ENVIRON["bridge"]
  options = ENVIRON["options"]
}
function close_stanza() {
  if (!inside) return
  inside = 0
  if (!opened) printf "iface %s inet manual\\n%s\\nauto %s\\n", port, own, bridge
  else printf "%s", own
  printf "%s\\n", head
  if (!opened && options != "") print options
  opened = 1
  printf "%s", moved
}
{
  line = $0
  while (line ~ /\\\\$/ && (getline more) > 0) line = line "\\n" more
}
$1 ~ /^(iface|auto|mapping|rename|template|source|source-directory|no-auto-down|no-scripts)$/ || $1 ~ /^allow-/ {
  close_stanza()
  if ($1 == "iface" && $2 == port) {
    inside = 1
    own = moved = ""
    head = line
    sub(/iface[ \\t]+[^ \\t]+/, "iface " bridge, head)
    next
  }
}
!inside { print line; next }
$1 ~ /^(hwaddress|hardware|ethernet|link|offload|wpa|wireless|bond|slaves|vlan|txqueuelen|mtu)/ { own = own line "\\n" }
$1 ~ /^(hwaddress|hardware|ethernet|link|offload|wpa|wireless|bond|slaves|vlan|txqueuelen)/ { next }
{
  # Commands name the device: "up ip route replace default via 10.0.0.1 dev eth0".
  rest = line
  line = ""
  while (match(rest, /(dev|--interface)[ \\t]+[^ \\t]+/)) {
    words = substr(rest, RSTART, RLENGTH)
    name = words
    sub(/^[a-z-]+[ \\t]+/, "", name)
    if (name == port) words = substr(words, 1, length(words) - length(name)) bridge
    line = line substr(rest, 1, RSTART - 1) words
    rest = substr(rest, RSTART + RLENGTH)
  }
  moved = moved line rest "\\n"
}
END { close_stanza() }
`;
