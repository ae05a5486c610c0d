import type { Script, TestRequest } from '../../model/index.ts';
import { demandKnownParameters } from './outline.ts';
import { readScript } from './read-script.ts';
import { selectScripts } from './select.ts';
import { shippedScripts } from './shipped.ts';

/** What can be said about scripts without a machine: for the border, where requests are refused. */
export interface ScriptCatalogue {
  readonly shipped: readonly Script[];
  /** @throws CodedError REQUEST_INVALID naming the field */
  read(content: string, fallbackName?: string): Script;
  /** @throws CodedError SCRIPT_NOT_FOUND, or REQUEST_INVALID naming the field */
  check(own: readonly Script[], request: TestRequest): void;
}

export async function scriptCatalogue(): Promise<ScriptCatalogue> {
  const shipped = await shippedScripts();
  return {
    shipped,
    read: readScript,
    check(own, request) {
      const selected = selectScripts([...shipped, ...own], 'test', request);
      demandKnownParameters(request, selected);
    },
  };
}
