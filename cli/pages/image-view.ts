import { filesOf, type Image } from '../../model/index.ts';
import type { View } from '../output.ts';
import { bytes } from '../text.ts';

export type UsedImage = Image & { readonly usedBy: readonly string[] };

export const imageView: View<UsedImage> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'ARCH', cell: ({ arch }) => arch },
    { title: 'SERIAL', cell: ({ serial }) => serial },
    { title: 'KERNEL', cell: ({ kernel }) => kernel },
    { title: 'SIZE', cell: (image) => bytes(filesOf(image).reduce((sum, { size }) => sum + size, 0)) },
    { title: 'SYNCED', cell: ({ syncedAt }) => syncedAt.replace(/\.\d+Z$/, 'Z') },
    { title: 'SIGNED BY', cell: signer },
    { title: 'IN USE', cell: ({ usedBy }) => String(usedBy.length) },
    { title: 'TITLE', cell: ({ title }) => title },
    { title: 'STREAM', cell: ({ stream }) => stream, wide: true },
    { title: 'USED BY', cell: ({ usedBy }) => usedBy.join(', '), wide: true },
  ],
};

/** The user id without the fingerprint, which `-o json` has. Before signers were noted, streams were signed as well. */
function signer({ signedBy, stream }: Image): string {
  if (signedBy !== undefined) return signedBy.replace(/ \([0-9A-F]+\)$/, '');
  return stream === 'import' ? 'unsigned' : 'its stream';
}
