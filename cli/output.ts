import type { OutputForm } from './flags.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

/** How a kind of thing is shown. */
export interface View<Item> {
  readonly columns: readonly Column<Item>[];
  readonly name: (item: Item) => string;
  /** One page instead of a row, where a single thing is shown. */
  readonly page?: (item: Item) => readonly string[];
}

export interface Column<Item> {
  readonly title: string;
  readonly cell: (item: Item) => string;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
}

/** json is one document, jsonl one line a thing: that never changes, also not for one or none. */
export async function render<Item>(
  form: OutputForm,
  items: readonly Item[],
  view: View<Item>,
  isSingle = false,
): Promise<string> {
  const document = isSingle ? items[0] : items;
  switch (form) {
    case 'json':
      return `${cleanJson(document, 2)}\n`;
    case 'jsonl':
      return items.map((item) => `${cleanJson(item)}\n`).join('');
    case 'yaml': {
      const { stringify } = await import('yaml');
      // Through JSON: what is undefined is left out, and the text holds no control characters.
      return stringify(
        JSON.parse(cleanJson(document), (_key, value: unknown) =>
          typeof value === 'string' ? clean(value) : value,
        ),
      );
    }
    case 'name':
      return items.map((item) => `${clean(view.name(item))}\n`).join('');
    case 'table':
    case 'wide': {
      if (view.page) return items.map((item) => `${view.page?.(item).join('\n')}\n`).join('\n');
      const columns = view.columns.filter((column) => form === 'wide' || !column.wide);
      const rows = items.map((item) => columns.map((column) => column.cell(item)));
      const lines = renderTable(
        columns.map((column) => column.title),
        rows,
      );
      return `${lines.join('\n')}\n`;
    }
  }
}

/** JSON escapes only C0; a terminal obeys C1 as well, and readers are misled by reordering marks. */
export function cleanJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null').replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
