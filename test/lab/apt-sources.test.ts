import fc from 'fast-check';
import { expect, test } from 'vitest';
import { archiveHosts, parseDeb822, parseOneLine, renderDeb822 } from '../../lab/apt-sources.ts';

const DEB822 = `# a comment
Types: deb deb-src
URIs: http://archive.example/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
Enabled: no
URIs: http://off.example/
Suites: bookworm
`;

test('a deb822 stanza may go on over lines, and may be switched off', () => {
  expect(parseDeb822(DEB822)).toEqual([
    {
      uris: ['http://archive.example/debian'],
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      signedBy: '/usr/share/keyrings/example.gpg',
    },
  ]);
});

test('a one-line source with and without options', () => {
  const text =
    'deb [arch=amd64 signed-by=/k.gpg] http://a.example/x noble main universe # why\ndeb-src http://b c d\n';
  expect(parseOneLine(text)).toEqual([
    { uris: ['http://a.example/x'], suites: ['noble'], components: ['main', 'universe'], signedBy: '/k.gpg' },
  ]);
});

test('what is rendered is parsed as it was', () => {
  const word = fc.stringMatching(/^[a-z0-9/.-]{1,12}$/);
  const words = fc.array(word, { minLength: 1, maxLength: 3 });
  const source = fc.record({
    uris: words,
    suites: words,
    components: words,
    signedBy: fc.option(word, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(source), (sources) => {
      expect(parseDeb822(renderDeb822(sources))).toEqual(sources);
    }),
  );
});

test('the proxy’s hosts are those of the sources, once each', () => {
  const sources = parseDeb822(DEB822);
  expect(archiveHosts([...sources, ...sources])).toEqual(['archive.example']);
});
