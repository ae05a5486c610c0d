import { type Shell, shell } from '../../remote/index.ts';
import { guestWords, tinyGuest } from '../parts/tiny-guest.ts';

const FOLDER = '/var/lib/rackwright/try-vagrant';
const BOX = 'rackwright-try';
const virsh = shell`virsh --quiet --connect qemu:///system`;
const { kernel, initrd, memoryMiB } = tinyGuest;

/** A box of the tiny guest, which is added, started, talked to, halted and destroyed as any other. */
export function tryBox(driver: 'kvm' | 'qemu'): Shell {
  return shell`export HOME=/root VAGRANT_CHECKPOINT_DISABLE=1 VAGRANT_NO_COLOR=1
clean() {
  if [ -d ${FOLDER}/machine/.vagrant ]; then (cd ${FOLDER}/machine && vagrant destroy --force >/dev/null 2>&1) || :; fi
  for one in $(${virsh} list --all --name | grep -x ${`${BOX}_default`}); do
    ${virsh} destroy "$one" >/dev/null 2>&1 || :
    ${virsh} undefine "$one" --remove-all-storage >/dev/null
  done
  if vagrant box list 2>/dev/null | grep -q ${`^${BOX} `}; then vagrant box remove --all --force ${BOX} >/dev/null; fi
  for one in $(${virsh} vol-list default | sed -n ${`s/^ *\\(${BOX}_[^ ]*\\) .*/\\1/p`}); do ${virsh} vol-delete "$one" default >/dev/null; done
  rm -rf ${FOLDER}
}
clean
trap 'set +e; clean' EXIT
trap 'exit 1' TERM INT
mkdir -p ${FOLDER}/box ${FOLDER}/machine
cd ${FOLDER} || exit 1

echo "a box is made of the tiny guest, and added"
ssh-keygen -q -t ed25519 -N '' -f key
qemu-img create -q -f qcow2 box/box.img 64M
echo '{"provider":"libvirt","format":"qcow2","virtual_size":1}' >box/metadata.json
echo 'Vagrant.configure("2") { |config| }' >box/Vagrantfile
tar -C box -czf try.box metadata.json Vagrantfile box.img
vagrant box add --name ${BOX} try.box

words=${guestWords('try', 'key.pub')}
cat >machine/Vagrantfile <<END
Vagrant.configure("2") do |config|
  config.vm.box = "${BOX}"
  config.vm.guest = :linux
  config.vm.boot_timeout = 120
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.ssh.username = "root"
  config.ssh.private_key_path = "${FOLDER}/key"
  config.ssh.insert_key = false
  config.ssh.shell = "sh"
  config.ssh.sudo_command = "%c"
  config.vm.provider :libvirt do |libvirt|
    libvirt.default_prefix = "${BOX}_"
    libvirt.driver = "${driver}"
    libvirt.memory = ${memoryMiB}
    libvirt.cpus = 1
    ${driver === 'qemu' ? shell`libvirt.cpu_mode = "custom"; libvirt.cpu_model = "qemu64"; libvirt.nested = false` : shell``}
    libvirt.kernel = "${kernel}"
    libvirt.initrd = "${initrd}"
    libvirt.cmd_line = "$words"
    libvirt.graphics_type = "none"
    libvirt.management_network_name = "default"
    libvirt.management_network_address = "192.168.122.0/24"
    libvirt.management_network_keep = true
  end
end
END
cd machine || exit 1
echo "vagrant up"
vagrant up --provider=libvirt --no-provision
vagrant status | grep -E '^default +running'
echo "vagrant ssh"
vagrant ssh -c 'echo "I am $(hostname), and my kernel is $(uname -r)"' | grep '^I am try,'
echo "vagrant halt"
vagrant halt
vagrant status | grep -E '^default +shutoff'
echo "vagrant destroy"
vagrant destroy --force
vagrant status | grep -E '^default +not created'
[ -z "$(${virsh} list --all --name | grep ${BOX})" ]`;
}

/** Without a box: those of VirtualBox are whole systems, which nobody brought. */
export const tryVirtualBox: Shell = shell`name=rackwright-try
clean() { VBoxManage unregistervm "$name" --delete >/dev/null 2>&1 || :; }
clean
trap clean EXIT
vagrant --version
echo "VirtualBox has its kernel modules"
VBoxManage --version 2>&1 | tee /dev/stderr | grep -q WARNING && exit 1
echo "a machine is made, started without a disk, and removed"
VBoxManage createvm --name "$name" --register >/dev/null
VBoxManage modifyvm "$name" --memory 64 --nic1 nat
VBoxManage startvm "$name" --type headless
VBoxManage list runningvms | grep -q "$name"
VBoxManage controlvm "$name" poweroff`;
