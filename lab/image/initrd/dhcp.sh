#!/bin/sh
# udhcpc(8) calls this with the lease in its environment.
[ "$1" = bound ] || exit 0
ifconfig "$interface" "$ip" netmask "$subnet"
[ -z "$router" ] || route add default gw "${router%% *}"
[ -z "$dns" ] || echo "${dns%% *}" >/dhcp.dns
