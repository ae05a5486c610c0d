import type { Answer, Asked } from './answer.ts';
import { eraseAnswers } from './erase.ts';
import { installAnswers } from './install.ts';
import { inventoryAnswers } from './inventory.ts';
import { layerAnswers } from './layers.ts';
import { scriptAnswers } from './scripts.ts';
import { sessionAnswers } from './session.ts';

/** Every script that a simulated machine knows. A new one of the controller's needs a row here. */
export const knownScripts: readonly Answer[] = [
  ...sessionAnswers,
  ...inventoryAnswers,
  ...installAnswers,
  ...eraseAnswers,
  ...scriptAnswers,
  ...layerAnswers,
];

export function recognise(asked: Asked, more: readonly Answer[] = []): Answer | undefined {
  return [...more, ...knownScripts].find(({ matches }) => matches.test(asked.script));
}
