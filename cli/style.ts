/** Colour only ever repeats what a sign and a word already say. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Paint = (style: keyof typeof codes, text: string) => string;

export function painter(color: boolean): Paint {
  return (style, text) => (color ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);
}
