/**
 * For bash, with the words of an administrator in its environment: what a user does with a new OpenStack. All that it makes
 * has one name, by which a run that was cut off is cleared up by the next.
 */
export function useCloud(cloud: {
  /** The network outside, which gives floating addresses. */
  readonly external: string;
  readonly services: readonly string[];
  /** Where its files are: some clients see nothing elsewhere. */
  readonly scratch: string;
  /** Bash, run when the floating address does not answer: ends with 0 when that is not the cloud's fault. */
  readonly unreached?: string;
}): string {
  return `set -eu -o pipefail
name=rackwright-verify
ids() { openstack "$@" list -f value -c ID -c Name | awk -v name=$name '$2 == name { print $1 }'; }
drop() {
  local id subnet
  for id in $(ids server); do openstack server delete --wait "$id"; done
  for id in $(openstack floating ip list --tags $name -f value -c ID); do openstack floating ip delete "$id"; done
  for id in $(ids router); do
    for subnet in $(ids subnet); do openstack router remove subnet "$id" "$subnet" || :; done
    openstack router delete "$id"
  done
  for id in $(ids network); do openstack network delete "$id"; done
  for id in $(ids security group); do openstack security group delete "$id"; done
  for id in $(ids image); do openstack image delete "$id"; done
}
work=$(mktemp -d${cloud.scratch === '' ? '' : ` -p ${cloud.scratch}`})
trap 'rm -rf "$work"' EXIT

echo 'what a run before left is removed'
drop

echo 'endpoints'
services=$(openstack endpoint list -f value -c 'Service Name' | sort -u)
for service in ${cloud.services.join(' ')}; do
  grep -qx "$service" <<<"$services" || { echo "there is no endpoint of $service, but of" $services; exit 1; }
done

echo 'an image is uploaded and fetched again'
head -c 1048576 /dev/urandom >"$work/up"
openstack image create --disk-format raw --container-format bare --file "$work/up" $name -f value -c id
openstack image save --file "$work/down" $name
cmp "$work/up" "$work/down"
openstack image delete $name

echo 'a network with a way out'
openstack network create $name -f value -c id
openstack subnet create --network $name --subnet-range 10.187.0.0/24 $name -f value -c id
openstack router create $name -f value -c id
openstack router set --external-gateway ${cloud.external} $name
openstack router add subnet $name $name
openstack security group create $name -f value -c id
openstack security group rule create --protocol icmp $name -f value -c id

echo 'a server'
image=$(openstack image list --status active -f value -c ID -c Name | awk -v name=$name '$2 != name { print $1; exit }')
[ -n "$image" ] || { echo 'there is no image to boot'; exit 1; }
flavor=$(openstack flavor list -f value -c ID -c RAM | sort -k 2,2n | awk '$2 >= 128 { print $1; exit }')
openstack server create --wait --image "$image" --flavor "$flavor" --network $name --security-group $name $name -f value -c status
status=$(openstack server show $name -f value -c status)
[ "$status" = ACTIVE ] || { echo "the server is $status"; exit 1; }
address=$(openstack floating ip create --tag $name ${cloud.external} -f value -c floating_ip_address)
openstack server add floating ip $name "$address"
tries=0
answers=yes
until ping -c 1 -W 2 "$address" >"$work/ping" 2>&1; do
  tries=$((tries + 1))
  if [ $tries -ge 150 ]; then answers=; break; fi
  sleep 2
done
if [ -n "$answers" ]; then
  echo "$address answers"
else
  echo "$address does not answer: $(tail -n 1 "$work/ping")"
  ${cloud.unreached ?? 'exit 1'}
fi

drop
for kind in server router network 'security group' image; do
  left=$(ids $kind)
  [ -z "$left" ] || { echo "$kind $left is left"; exit 1; }
done
echo 'all of it is removed'
`;
}
