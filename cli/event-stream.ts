export interface StreamedEvent {
  readonly id: string;
  readonly kind: string;
  readonly data: string;
}

/** Server-sent events (WHATWG HTML section 9.2.6), as far as our service uses them. */
export async function* parseEventStream(chunks: AsyncIterable<string>): AsyncGenerator<StreamedEvent> {
  let rest = '';
  let id = '';
  for await (const chunk of chunks) {
    rest += chunk;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => fieldOf(line)));
      id = fields.get('id') ?? id;
      const data = fields.get('data');
      // The first block of ours carries only an id: where the stream begins. It is passed on as an empty event.
      yield { id, kind: fields.get('event') ?? '', data: data ?? '' };
    }
  }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
