import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { findLayer, layerCatalogue, parseParameters } from '../../layers/index.ts';
import { pageText } from '../../layers/nginx/page.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const nginx = findLayer('nginx');

function contextFor(parameters: unknown = {}, machineName = 'node-1') {
  return {
    machineName,
    address: ipv4('10.78.0.20'),
    system: 'debian/12',
    members: [],
    packageProxy: 'http://10.78.0.254:3142',
    parameters: parseParameters(nginx, parameters),
  };
}

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

test('its steps', () => {
  const steps = nginx.apply(contextFor({ title: 'Hello', port: 8080 }));
  expect(
    steps.map(({ name, does, done, script }) => ({ name, does, done: done?.text, script: script.text })),
  ).toMatchInlineSnapshot(`
    [
      {
        "does": "Stop and remove the container, and the image that was made here.",
        "done": "! command -v docker >/dev/null || { ! docker inspect --type container rackwright-nginx >/dev/null 2>&1 && ! docker image inspect rackwright-nginx:distribution >/dev/null 2>&1; }",
        "name": "remove the container",
        "script": "if docker inspect --type container rackwright-nginx >/dev/null 2>&1; then docker rm --force rackwright-nginx; fi
    if docker image inspect rackwright-nginx:distribution >/dev/null 2>&1; then docker rmi --force rackwright-nginx:distribution; fi
    rm -rf /var/lib/rackwright/nginx-image",
      },
      {
        "does": "Stop and remove the virtual machine, and what passes the port on.",
        "done": "[ ! -e /var/lib/rackwright/nginx-vm ] && [ ! -e /etc/systemd/system/rackwright-nginx-port.socket ] && [ ! -e /etc/systemd/system/rackwright-nginx-port.service ]",
        "name": "remove the guest",
        "script": "if [ -e /etc/systemd/system/rackwright-nginx-port.socket ]; then systemctl --quiet disable --now rackwright-nginx-port.socket; fi
    ! systemctl --quiet is-active rackwright-nginx-port.service || systemctl stop rackwright-nginx-port.service
    rm -f /etc/systemd/system/rackwright-nginx-port.socket /etc/systemd/system/rackwright-nginx-port.service /run/rackwright/nginx-port-to-restart
    systemctl daemon-reload
    if command -v virsh >/dev/null && virsh --quiet --connect qemu:///system dominfo rackwright-nginx >/dev/null 2>&1; then
      [ "$(virsh --quiet --connect qemu:///system domstate rackwright-nginx)" != running ] || virsh --quiet --connect qemu:///system destroy rackwright-nginx
      virsh --quiet --connect qemu:///system undefine rackwright-nginx
    fi
    rm -rf /var/lib/rackwright/nginx-vm",
      },
      {
        "does": "Remove /var/lib/rackwright/guest, unless another layer needs it.",
        "done": "[ ! -e /var/lib/rackwright/guest/used-by/nginx ] && { [ ! -e /var/lib/rackwright/guest ] || [ -n "$(ls /var/lib/rackwright/guest/used-by 2>/dev/null)" ]; }",
        "name": "forget the tiny guest",
        "script": "rm -f /var/lib/rackwright/guest/used-by/nginx
    if [ -z "$(ls /var/lib/rackwright/guest/used-by 2>/dev/null)" ]; then rm -rf /var/lib/rackwright/guest; fi",
      },
      {
        "does": "Ask the package archive what it has, unless that was done in the last 24 hours.",
        "done": "[ -n "$(find /var/lib/rackwright/package-lists -mmin -1440 2>/dev/null)" ]",
        "name": "refresh package lists",
        "script": "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o Acquire::http::Proxy=http://10.78.0.254:3142 update
    mkdir -p /var/lib/rackwright
    : >/var/lib/rackwright/package-lists",
      },
      {
        "does": "Install nginx from the distribution's packages.",
        "done": "[ "$(dpkg-query -W -f '\${db:Status-Status}' nginx 2>/dev/null)" = installed ]",
        "name": "install nginx",
        "script": "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o Acquire::http::Proxy=http://10.78.0.254:3142 --no-install-recommends install nginx",
      },
      {
        "does": "Write a page that names node-1.",
        "done": "[ -f /var/www/rackwright/index.html ] && [ "$(cat /var/www/rackwright/index.html)" = '<!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>Hello</title>
    <h1>Hello</h1>
    <p>Served by node-1.</p>
    </html>' ]",
        "name": "write the page",
        "script": "mkdir -p /var/www/rackwright
    printf %s '<!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>Hello</title>
    <h1>Hello</h1>
    <p>Served by node-1.</p>
    </html>
    ' >/var/www/rackwright/index.html.rackwright-new
    chmod 0644 /var/www/rackwright/index.html.rackwright-new
    mv /var/www/rackwright/index.html.rackwright-new /var/www/rackwright/index.html",
      },
      {
        "does": "Serve it on port 8080.",
        "done": "[ -f /etc/nginx/sites-available/rackwright ] && [ "$(cat /etc/nginx/sites-available/rackwright)" = 'server {
    	listen 8080 default_server;
    	listen [::]:8080 default_server;
    	server_name _;
    	root /var/www/rackwright;
    	index index.html;
    }' ] && [ -L /etc/nginx/sites-enabled/rackwright ] && [ ! -e /etc/nginx/sites-enabled/default ]",
        "name": "configure the site",
        "script": "mkdir -p /run/rackwright
    : >/run/rackwright/nginx-to-reload
    mkdir -p /etc/nginx/sites-available
    printf %s 'server {
    	listen 8080 default_server;
    	listen [::]:8080 default_server;
    	server_name _;
    	root /var/www/rackwright;
    	index index.html;
    }
    ' >/etc/nginx/sites-available/rackwright.rackwright-new
    chmod 0644 /etc/nginx/sites-available/rackwright.rackwright-new
    mv /etc/nginx/sites-available/rackwright.rackwright-new /etc/nginx/sites-available/rackwright
    ln -sfn /etc/nginx/sites-available/rackwright /etc/nginx/sites-enabled/rackwright
    rm -f /etc/nginx/sites-enabled/default
    nginx -q -t",
      },
      {
        "does": "Start nginx, now and at every boot.",
        "done": "[ ! -e /run/rackwright/nginx-to-reload ] && systemctl --quiet is-enabled nginx && systemctl --quiet is-active nginx",
        "name": "start",
        "script": "systemctl --quiet enable nginx
    systemctl reload-or-restart nginx
    rm -f /run/rackwright/nginx-to-reload",
      },
    ]
  `);
});

test('is used as its user would', () => {
  expect(nginx.verify(contextFor({ port: 8080 }))).toEqual([
    {
      kind: 'http',
      name: 'the page is served',
      url: 'http://10.78.0.20:8080/',
      status: 200,
      contains: 'node-1',
    },
  ]);
});

test('the page names the machine even under another title', () => {
  expect(pageText('node-1', 'Hello')).toContain('node-1');
});

test('every script parses as POSIX shell, whatever the title', () => {
  const titles = nastyStrings.filter((title) => codeFrom(() => contextFor({ title })) === undefined);
  expect(titles.length).toBeGreaterThan(100);
  for (const title of titles) {
    const context = contextFor({ title });
    const steps = [...nginx.apply(context), ...nginx.remove(context)];
    const input = [nginx.check(context), ...steps.flatMap(({ done, script }) => [done, script])]
      .flatMap((script) => (script === undefined ? [] : [script.text]))
      .join('\n');
    expect(spawnSync('sh', ['-n'], { input, encoding: 'utf8' }), title).toMatchObject({ status: 0 });
  }
});

test('a title is text, and never markup', () => {
  const empty = pageText('', '');
  const marks = (text: string) => text.replace(/[^<>"']/g, '');
  for (const title of nastyStrings) expect(marks(pageText(title, title))).toBe(marks(empty));
});

describe('parameters', () => {
  test('may be left out', () => {
    expect(parseParameters(nginx, undefined)).toEqual({
      port: 80,
      way: 'package',
      emulation: false,
    });
  });
  test.each([
    { port: 0 },
    { port: 65_536 },
    { port: '80' },
    { port: 1.5 },
    { title: '' },
    { title: 'a\nb' },
    { tilte: 'x' },
    { way: 'snap' },
    { image: 'nginx' },
    { emulation: true },
    { way: 'vm', image: 'nginx' },
    { way: 'container', image: 'nginx --privileged' },
    { way: 'container', image: '-v' },
  ])('%j is refused', (parameters) => {
    expect(codeFrom(() => parseParameters(nginx, parameters))).toBe('REQUEST_INVALID');
  });
});

test('a container needs an engine, a guest a hypervisor, and the package nothing', () => {
  expect(nginx.requires?.(parseParameters(nginx, {}))).toEqual([]);
  expect(nginx.requires?.(parseParameters(nginx, { way: 'container' }))).toEqual([{ layer: 'docker' }]);
  expect(nginx.requires?.(parseParameters(nginx, { way: 'vm', emulation: true }))).toEqual([
    { layer: 'kvm', parameters: { emulation: true } },
  ]);
});

test('a layer that is not there is said to be missing', () => {
  expect(codeFrom(() => findLayer('toString'))).toBe('LAYER_NOT_FOUND');
  expect(layerCatalogue().map(({ name }) => name)).toContain('nginx');
});
