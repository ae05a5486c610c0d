import { shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { dashboardAddress } from './dashboard.ts';
import type { Context } from './parameters.ts';
import { fileOf } from './secrets.ts';
import { tlsOf } from './tls.ts';

/** As a browser does it: the form is sent back with all that is in it. What the users' page shows comes from keystone. */
const script = `import re
import sys

import requests

address, authority, password_file = sys.argv[1:]
browser = requests.Session()
browser.verify = authority


def get(path):
    page = browser.get(address + path, timeout=240)
    page.raise_for_status()
    return page


login = get("auth/login/")
if "horizon" not in login.text or 'name="password"' not in login.text:
    sys.exit("the page at " + login.url + " is not horizon's login: " + login.text[:300])
print("horizon's login is at", login.url, flush=True)
fields = {}
for tag in re.findall(r"<input[^>]*type=.hidden.[^>]*>", login.text):
    name = re.search(r"name=.([A-Za-z_]+)", tag)
    value = re.search(r'value="([^"]*)"', tag)
    if name:
        fields[name.group(1)] = value.group(1) if value else ""
fields.update(username="admin", password=open(password_file).read())
home = browser.post(login.url, data=fields, headers={"Referer": login.url}, timeout=240)
if home.status_code != 200 or "auth/logout" not in home.text:
    sys.exit("the admin is not let in: %s at %s" % (home.status_code, home.url))
print("the admin is let in, to", home.url, flush=True)
users = get("identity/users/").text
for name in ["glance", "neutron", "nova", "placement"]:
    if ">" + name + "<" not in users:
        sys.exit("the list of users does not have " + name)
print("it shows the users of the cloud", flush=True)
get("auth/logout/")
`;

export function verifyDashboard(context: Context): Verification {
  return {
    kind: 'command',
    name: 'horizon lets the admin in',
    script: shell`printf %s ${script} | python3 - ${[dashboardAddress(context), tlsOf(context).authority, fileOf('admin')]}`,
    deadlineMs: 600_000,
  };
}
