import { CodedError, type ImageLayout } from '../model/index.ts';
import { type GptPartition, readGpt } from './gpt.ts';

const esp = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';
const basicData = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';

/**
 * What an image is said to hold must be seen in its partition table; what is in the partitions, the deployment sees.
 * @throws CodedError IMAGE_REFUSED, field `layout`
 */
export function assertLayout(head: Buffer, layout: ImageLayout): void {
  const partitions = readGpt(head);
  if (!partitions) refuse('the disk has no GUID partition table');
  switch (layout) {
    case 'ubuntu-core':
      if (!partitions.some(({ name }) => name === 'ubuntu-seed'))
        refuse(`no partition is ubuntu-seed, as in Ubuntu Core 20 and newer; there are ${words(partitions)}`);
      return;
    case 'esxi': {
      const isOf = (number: number, type: string) =>
        partitions.some((partition) => partition.number === number && partition.type === type);
      // ESXi 7 and newer: 1 boots, 5 and 6 are the boot banks, 7 is ESX-OSData.
      if (!isOf(1, esp) || !isOf(5, basicData) || !isOf(6, basicData))
        refuse(`partitions 1, 5 and 6 are not those of an installed ESXi; there are ${words(partitions)}`);
    }
  }
}

function words(partitions: readonly GptPartition[]): string {
  return (
    partitions.map(({ number, name }) => (name === '' ? number : `${number} (${name})`)).join(', ') || 'none'
  );
}

function refuse(why: string): never {
  throw new CodedError('IMAGE_REFUSED', `layout: ${why}`, { field: 'layout' });
}
