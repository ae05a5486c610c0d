import type { Image } from '../../model/index.ts';
import type { View } from '../output.ts';
import { bytes } from '../text.ts';

export const imageView: View<Image> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'ARCH', cell: ({ arch }) => arch },
    { title: 'SERIAL', cell: ({ serial }) => serial },
    { title: 'KERNEL', cell: ({ kernel }) => kernel },
    {
      title: 'SIZE',
      cell: ({ files }) => bytes(Object.values(files).reduce((sum, { size }) => sum + size, 0)),
    },
    { title: 'TITLE', cell: ({ title }) => title },
    { title: 'SYNCED', cell: ({ syncedAt }) => syncedAt.replace(/\.\d+Z$/, 'Z'), wide: true },
    { title: 'STREAM', cell: ({ stream }) => stream, wide: true },
  ],
};
