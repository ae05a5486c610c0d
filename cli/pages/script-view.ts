import type { Script } from '../../model/index.ts';
import type { View } from '../output.ts';
import { renderPairs } from '../table.ts';
import { clean, duration } from '../text.ts';

/** As the API gives it: the text only where one script is asked for. */
export type ScriptView = Pick<Script, 'sha256' | 'metadata'> & {
  readonly shipped: boolean;
  readonly addedAt?: string;
  readonly content?: string;
};

const timeoutWord = ({ metadata }: ScriptView) =>
  metadata.timeoutSeconds === 0 ? '7d at most' : duration(metadata.timeoutSeconds * 1000);

export const scriptView: View<ScriptView> = {
  name: ({ metadata }) => metadata.name,
  columns: [
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    { title: 'TYPE', cell: ({ metadata }) => metadata.type },
    { title: 'HARDWARE', cell: ({ metadata }) => metadata.hardware },
    { title: 'TAGS', cell: ({ metadata }) => metadata.tags.join(',') },
    { title: 'TIMEOUT', cell: timeoutWord },
    { title: 'DESTROYS', cell: ({ metadata }) => (metadata.destructive ? 'disks' : '') },
    { title: 'TITLE', cell: ({ metadata }) => metadata.title },
    { title: 'FROM', cell: ({ shipped, addedAt }) => (shipped ? 'shipped' : (addedAt ?? '')), wide: true },
    { title: 'SHA-256', cell: ({ sha256 }) => sha256.slice(0, 12), wide: true },
  ],
};

export const scriptPage: View<ScriptView> = {
  ...scriptView,
  page(script) {
    const { metadata, content, sha256, shipped, addedAt } = script;
    const parameters = Object.entries(metadata.parameters).map(
      ([name, { kind, argumentFormat, default: fallback, title }]) =>
        clean(
          `${name}: ${kind}, ${argumentFormat}${fallback === undefined ? '' : `, default ${fallback}`}  ${title}`,
        ),
    );
    const results = metadata.results.map(({ name, title }) => clean(`${name}: ${title}`));
    return [
      `${clean(metadata.name)}  ${clean(metadata.title)}`,
      ...renderPairs([
        ...(metadata.description === '' ? [] : [['', [clean(metadata.description)]] as const]),
        [
          'type',
          [`${metadata.type}, ${metadata.hardware}, parallel ${metadata.parallel}, ${timeoutWord(script)}`],
        ],
        ...given('tags', metadata.tags),
        ...given('packages', metadata.packages),
        ...(parameters.length > 0 ? [['parameters', parameters] as const] : []),
        ...(results.length > 0 ? [['results', results] as const] : []),
        ...given('only for', metadata.forHardware),
        ...(metadata.destructive ? [['destroys', ['what is on the disks it runs on']] as const] : []),
        ['version', [`${sha256}, ${shipped ? 'shipped' : `added ${clean(addedAt)}`}`]],
      ]),
      ...(content === undefined ? [] : ['', ...content.trimEnd().split('\n').map(clean)]),
    ];
  },
};

function given(label: string, words: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  return words.length === 0 ? [] : [[label, [words.map(clean).join(', ')]]];
}
