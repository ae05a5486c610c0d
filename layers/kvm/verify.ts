import { type Shell, shell } from '../../remote/index.ts';
import { guestWords, tinyGuest } from '../parts/tiny-guest.ts';

const GUEST = 'rackwright-try';
const CLONE = 'rackwright-try-clone';
const FOLDER = '/var/lib/rackwright/try-kvm';
const IMAGES = '/var/lib/libvirt/images';
const virsh = shell`virsh --quiet --connect qemu:///system`;
const { kernel, initrd, memoryMiB } = tinyGuest;

/** What people do with a guest in its life, each by the command that they would use. */
export function tryGuest(type: 'kvm' | 'qemu', bridge: string | undefined): Shell {
  return shell`${helpers}
clean
trap 'set +e; clean' EXIT
trap 'exit 1' TERM INT
mkdir -p ${FOLDER}
cd ${FOLDER} || exit 1

echo "a disk of 64 MiB is made"
qemu-img create -q -f qcow2 ${`${IMAGES}/${GUEST}.qcow2`} 64M

echo "a guest is made of it, by ${type}"
virt-install --connect qemu:///system --quiet --name ${GUEST} --virt-type ${type} --memory ${memoryMiB} --vcpus 1,maxvcpus=2 --import --disk ${`path=${IMAGES}/${GUEST}.qcow2,bus=virtio`} --network network=default,model=virtio --graphics none --noautoconsole --osinfo detect=on,require=off --rng none --boot ${`kernel=${kernel},initrd=${initrd}`},kernel_args=${guestWords('try')}
${virsh} list --name | grep -qx ${GUEST}
lease 1

echo "its page is read"
/usr/lib/apt/apt-helper -o Acquire::http::Proxy=DIRECT -o APT::Sandbox::User=root download-file "http://$address/" page >/dev/null
grep -x try page

echo "its console is read and written"
console
ask 'echo "I am $(hostname) with $(nproc) processor"' 'I am try with 1 processor'
ask 'cat /proc/partitions' '65536 vda'

${bridge === undefined ? shell`` : joinBridge(bridge)}
echo "what it is"
${virsh} dominfo ${GUEST} | grep -E '^(State|CPU|Max memory|Used memory|Autostart)'

echo "memory is taken from it while it runs"
${virsh} setmem ${GUEST} ${`${memoryMiB - 24}M`} --live
await "$(( (${memoryMiB} - 24) * 1024 ))" actual

echo "it is shut down by its power button"
${virsh} shutdown ${GUEST}
await 'shut off' state

echo "it gets more memory and a second processor, and starts"
${virsh} setmaxmem ${GUEST} ${`${memoryMiB * 2}M`} --config
${virsh} setmem ${GUEST} ${`${memoryMiB * 2}M`} --config
${virsh} setvcpus ${GUEST} 2 --config
${virsh} start ${GUEST}
lease 1
console
ask 'echo "now $(nproc) processors, $(($(sed -n "s/^MemTotal: *\\([0-9]*\\) kB/\\1/p" /proc/meminfo) / 100000))00 MB"' 'now 2 processors, 200 MB'

echo "it is to start with the machine, and then not any more"
${virsh} autostart ${GUEST}
${virsh} dominfo ${GUEST} | grep -q '^Autostart: *enable'
${virsh} autostart --disable ${GUEST}
${virsh} dominfo ${GUEST} | grep -q '^Autostart: *disable'

echo "it is stopped hard, and cloned"
${virsh} destroy ${GUEST}
virt-clone --connect qemu:///system --quiet --original ${GUEST} --name ${CLONE} --file ${`${IMAGES}/${CLONE}.qcow2`}
qemu-img check -q ${`${IMAGES}/${CLONE}.qcow2`}
${virsh} start ${CLONE}
${virsh} list --name | grep -qx ${CLONE}

echo "both are removed"
clean
[ -z "$(${virsh} list --all --name | grep -x -e ${GUEST} -e ${CLONE})" ]
[ ! -e ${`${IMAGES}/${GUEST}.qcow2`} ] && [ ! -e ${`${IMAGES}/${CLONE}.qcow2`} ]`;
}

const helpers: Shell = shell`reader=
clean() {
  [ -z "$reader" ] || kill "$reader" 2>/dev/null || :
  reader=
  for guest in ${[GUEST, CLONE]}; do
    ${virsh} destroy "$guest" >/dev/null 2>&1 || :
    if ${virsh} dominfo "$guest" >/dev/null 2>&1; then ${virsh} undefine "$guest" --remove-all-storage >/dev/null; fi
    rm -f ${IMAGES}/"$guest.qcow2"
  done
  rm -rf ${FOLDER}
}
# lease COUNT: its address.
lease() {
  left=120
  mac=$(${virsh} domiflist ${GUEST} | sed -n 's/.* \\([0-9a-f:]\\{17\\}\\) *$/\\1/p' | head -n 1)
  rm -f page
  until address=$(${virsh} net-dhcp-leases default --mac "$mac" | sed -n 's/.* \\([0-9.]*\\)\\/[0-9]*.*/\\1/p' | head -n "$1") && [ -n "$address" ] && /usr/lib/apt/apt-helper -o Acquire::http::Proxy=DIRECT -o Acquire::http::Timeout=2 -o APT::Sandbox::User=root download-file "http://$address/" page >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "the guest does not answer; leases and state are:"; ${virsh} net-dhcp-leases default; ${virsh} domstate ${GUEST}; exit 1; }
    sleep 1
  done
  echo "it answers at $address"
}
# await WORD STATE|ACTUAL
await() {
  left=60
  while :; do
    case $2 in
    state) has=$(${virsh} domstate ${GUEST}) ;;
    *) has=$(${virsh} dommemstat ${GUEST} | sed -n 's/^actual //p') ;;
    esac
    [ "$has" != "$1" ] || break
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "$2 is $has after a minute, and not $1"; exit 1; }
    sleep 1
  done
}
# console: attaches to it, by a terminal, as virsh wants one.
console() {
  if [ -n "$reader" ]; then kill "$reader" 2>/dev/null || :; fi
  rm -f keys screen
  mkfifo keys
  script -q -f -c 'virsh --connect qemu:///system console --force '${GUEST} screen <keys >/dev/null 2>&1 &
  reader=$!
  exec 3>keys
  left=30
  until grep -aqs 'Escape character' screen; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "there is no console:"; cat screen; exit 1; }
    sleep 1
  done
}
# ask COMMAND ANSWER: typed again until it is heard.
ask() {
  left=30
  until grep -aF "$2" screen; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "the console does not say $2; it ends with:"; tail -n 10 screen; exit 1; }
    printf '%s\\r' "$1" >&3
    sleep 1
  done
}`;

function joinBridge(bridge: string): Shell {
  return shell`echo "it gets a card in "${bridge}
${virsh} attach-interface ${GUEST} --type bridge --source ${bridge} --model virtio --live
tap=$(${virsh} domiflist ${GUEST} | awk -v bridge=${bridge} '$3 == bridge { print $1 }')
[ -e /sys/class/net/${bridge}/brif/"$tap" ]`;
}
