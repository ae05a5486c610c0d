import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Messages and stacks of failures travel as payloads, so that the codec seals them too. By its path: the bundle of the
 * workflows holds a copy of its own.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
