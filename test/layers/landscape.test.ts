import { expect, test } from 'vitest';
import { ppaOf } from '../../layers/landscape/archive.ts';
import { type Context, serverUrl, settings } from '../../layers/landscape/client-conf.ts';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { codeOf } from '../../model/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { exampleContext } from './example.ts';

const landscape = findLayer('landscape');
const context = (parameters: Readonly<Record<string, string>> = {}, system = 'ubuntu/24.04') =>
  exampleContext(landscape, { title: '', parameters, system }) as Context;
const refusal = (parameters: unknown) => {
  try {
    parseParameters(landscape, parameters);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
};

test.each([
  [{}, 'https://landscape.canonical.com'],
  [{ server: 'quickstart' }, 'https://10.78.0.20'],
  [{ server: 'quickstart', serverHost: 'other.example' }, 'https://other.example'],
  [{ serverHost: 'other.example' }, 'https://other.example'],
])('%j registers with %s', (parameters, url) => {
  expect(serverUrl(context(parameters))).toBe(url);
});

test('what the client is told', () => {
  expect(settings(context({ title: 'Node 1', tags: 'a,b', mayRunAs: 'root' }))).toEqual([
    '[client]',
    'account_name = standalone',
    'computer_title = Node 1',
    'url = https://landscape.canonical.com/message-system',
    'ping_url = http://landscape.canonical.com/ping',
    'data_path = /var/lib/landscape/client',
    'log_level = info',
    'tags = a,b',
    'include_manager_plugins = ScriptExecution',
    'script_users = root',
  ]);
});

test('no title is more than one line of the file', () => {
  for (const title of nastyStrings) {
    if (refusal({ title }) !== undefined) continue;
    const lines = settings(context({ title }));
    expect(lines.join('\n').split('\n')).toHaveLength(7);
  }
});

test('the archive is that of the system, by the key that is pinned', () => {
  expect(ppaOf(context({}, 'ubuntu/22.04'))).toMatchObject({
    url: 'https://ppa.launchpadcontent.net/landscape/latest-stable/ubuntu',
    suite: 'jammy',
    fingerprint: '35F77D63B5CEC106C577ED856E85A86E4652B4E6',
  });
  expect(ppaOf(context({}, 'ubuntu/26.04')).suite).toBe('resolute');
});

test.each([
  { server: 'charm' },
  { server: 'quickstart', archive: 'distribution' },
  { serverHost: 'http://x.example' },
  { serverHost: 'x.example/y' },
  { account: '' },
  { title: 'a\nkey = b' },
  { title: '"x"' },
  { tags: 'a, b' },
  { mayRunAs: 'ALL' },
  { ppa: 'landscape' },
  { keyFingerprint: 'abc' },
  { colour: 'red' },
])('%j is refused', (parameters) => {
  expect(refusal(parameters)).toBe('REQUEST_INVALID');
});
