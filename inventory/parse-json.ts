import { invalid, limits, tooMuch } from './limits.ts';

/** JSON.parse of at most so deep a text: the depth is counted before anything recurses into it. */
export function parseJson(field: string, text: string): unknown {
  if (depthOf(text) > limits.jsonDepth) throw tooMuch(`nesting in ${field}`, limits.jsonDepth);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(field, 'is no JSON');
  }
}

export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at += 1;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (character === 0x5d || character === 0x7d) depth -= 1;
  }
  return deepest;
}
