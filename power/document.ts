/** A JSON document of a Redfish service, which is somebody else's: every field is looked at before it is used. */
export type Document = Readonly<Record<string, unknown>>;

export function parseDocument(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function part(document: Document, ...path: readonly string[]): Document {
  let at: Document = document;
  for (const name of path) {
    const next = at[name];
    if (!isDocument(next)) return {};
    at = next;
  }
  return at;
}

export function textAt(document: Document, name: string): string | undefined {
  const value = document[name];
  return typeof value === 'string' ? value : undefined;
}

/** Where a reference `{"@odata.id": "/redfish/v1/…"}` leads. */
export function linkAt(document: Document, ...path: readonly string[]): string | undefined {
  return textAt(part(document, ...path), '@odata.id');
}

export function linksIn(document: Document, name: string): readonly string[] {
  const members = document[name];
  if (!Array.isArray(members)) return [];
  return members
    .slice(0, 64)
    .flatMap((member: unknown) => (isDocument(member) ? (textAt(member, '@odata.id') ?? []) : []));
}

/** DSP0266, "Allowable values": `Name@Redfish.AllowableValues`. Undefined: the service does not say. */
export function allowable(document: Document, name: string): readonly string[] | undefined {
  const values = document[`${name}@Redfish.AllowableValues`];
  if (!Array.isArray(values)) return undefined;
  const words = values.filter((value) => typeof value === 'string');
  return words.length > 0 ? words : undefined;
}

/** What the service says about a refusal (DSP0266, "Error responses"), shortened to one printable line. */
export function complaint(text: string): string {
  const error = part(parseDocument(text) ?? {}, 'error');
  const details = error['@Message.ExtendedInfo'];
  const first: unknown = Array.isArray(details) ? details[0] : details;
  const said = (isDocument(first) ? textAt(first, 'Message') : undefined) ?? textAt(error, 'message') ?? '';
  const line = said.replace(/[^\x20-\x7e]/g, ' ').trim();
  return line.slice(0, 160).replace(/\.$/, '');
}
