import { hasVolumes } from './duties.ts';
import { endpointOf } from './endpoints.ts';
import type { Context } from './parameters.ts';
import { tlsOf } from './tls.ts';

/** What the identity service shall know. */
export interface Catalogue {
  readonly identity: string;
  readonly authority: string;
  readonly region: string;
  readonly users: readonly string[];
  readonly services: readonly { readonly name: string; readonly type: string; readonly url: string }[];
}

export function catalogueOf(context: Context): Catalogue {
  return {
    identity: endpointOf('identity', context),
    authority: tlsOf(context).authority,
    region: context.parameters.region,
    users: ['glance', 'placement', 'nova', 'neutron', ...(hasVolumes(context) ? ['cinder'] : [])],
    services: [
      { name: 'keystone', type: 'identity', url: endpointOf('identity', context) },
      { name: 'glance', type: 'image', url: endpointOf('image', context) },
      { name: 'placement', type: 'placement', url: endpointOf('placement', context) },
      { name: 'nova', type: 'compute', url: endpointOf('compute', context) },
      { name: 'neutron', type: 'network', url: endpointOf('network', context) },
      ...(hasVolumes(context)
        ? [{ name: 'cinderv3', type: 'volumev3', url: endpointOf('volume', context) }]
        : []),
    ],
  };
}

/**
 * Makes it so, in one process: the command-line client takes two seconds for each of forty questions. Words: the catalogue
 * as JSON, the files of the admin's and the services' passwords, and `look` to change nothing and exit with 1 when
 * something is to do.
 */
export const catalogueScript = `import json
import sys

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

wanted = json.loads(sys.argv[1])
admin_password, service_password = (open(path).read() for path in sys.argv[2:4])
only_look = sys.argv[4:] == ["look"]


def change(what, act):
    if only_look:
        print("to do:", what)
        sys.exit(1)
    print(what)
    return act()


def signed_in(user, password, project):
    return session.Session(
        v3.Password(
            auth_url=wanted["identity"],
            username=user,
            password=password,
            project_name=project,
            user_domain_id="default",
            project_domain_id="default",
        ),
        verify=wanted["authority"],
    )


def named(name, things):
    return next((one for one in things if one.name == name), None)


keystone = client.Client(
    session=signed_in("admin", admin_password, "admin"), endpoint_override=wanted["identity"]
)

project = named("service", keystone.projects.list(domain="default")) or change(
    "project service", lambda: keystone.projects.create("service", "default")
)
roles = []
for name in ["admin", "service"]:
    roles.append(
        named(name, keystone.roles.list()) or change("role " + name, lambda: keystone.roles.create(name))
    )

known = keystone.users.list(domain="default")
for name in wanted["users"]:
    user = named(name, known) or change(
        "user " + name,
        lambda: keystone.users.create(name, domain="default", password=service_password),
    )
    has = {one.role["id"] for one in keystone.role_assignments.list(user=user, project=project)}
    for role in roles:
        if role.id not in has:
            change(
                "user " + name + " is " + role.name,
                lambda: keystone.roles.grant(role, user=user, project=project),
            )
    try:
        signed_in(name, service_password, "service").get_token()
    except exceptions.Unauthorized:
        change("password of " + name, lambda: keystone.users.update(user, password=service_password))

for service in wanted["services"]:
    kept = next((one for one in keystone.services.list(type=service["type"])), None) or change(
        "service " + service["type"], lambda: keystone.services.create(service["name"], service["type"])
    )
    for interface in ["public", "internal", "admin"]:
        endpoints = keystone.endpoints.list(
            service=kept, interface=interface, region_id=wanted["region"]
        )
        if not endpoints:
            change(
                interface + " endpoint of " + service["type"],
                lambda: keystone.endpoints.create(
                    kept, service["url"], interface=interface, region=wanted["region"]
                ),
            )
        elif endpoints[0].url != service["url"]:
            change(
                interface + " endpoint of " + service["type"],
                lambda: keystone.endpoints.update(endpoints[0], url=service["url"]),
            )
`;
