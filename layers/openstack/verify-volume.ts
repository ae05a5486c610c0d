import { type Shell, shell } from '../../remote/index.ts';
import { hasVolumes, storageOf } from './duties.ts';
import type { Context } from './parameters.ts';

/** Between the making of the server, `$server`, and the end of all; `await_` is the script's around it. */
export function useVolume(context: Context, name: string): Shell {
  if (!hasVolumes(context)) return shell`:`;
  return shell`echo "a volume"
await_ 'machines with room for volumes' 45 ${`^${storageOf(context).length}$`} sh -c 'openstack volume service list --service cinder-volume -f value -c State | grep -c up'
volume=$(openstack volume create --size 1 ${name} -f value -c id)
await_ 'the volume' 90 '^available$\\|^error$' openstack volume show "$volume" -f value -c status
[ "$seen" = available ] || { openstack volume show "$volume"; exit 1; }
openstack server add volume "$server" "$volume" >/dev/null
await_ 'the volume on the server' 90 '^in-use$\\|^available$\\|^error' openstack volume show "$volume" -f value -c status
[ "$seen" = in-use ] || { echo "the volume could not be put on the server: see nova-compute's log on the machine that runs it"; exit 1; }
openstack volume show "$volume" -f value -c attachments | grep -q "$server"`;
}

/** Python, for whoever has the connection `cloud` and the name that all have; after the servers, which hold them. */
export function sweepVolumes(context: Context): string {
  if (!hasVolumes(context)) return '';
  return `for volume in cloud.block_storage.volumes():
    if volume.name == name:
        print("removing volume", volume.id, flush=True)
        cloud.block_storage.wait_for_status(volume, "available", ["error"], interval=2, wait=120)
        cloud.block_storage.delete_volume(volume)
        cloud.block_storage.wait_for_delete(volume, interval=2, wait=240)
`;
}
