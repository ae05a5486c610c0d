/** RFC 1350 section 5, RFC 2347. */
export const opcode = { read: 1, write: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** RFC 1350 appendix I, RFC 2347. */
export const errorCode = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransferId: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionsRefused: 8,
} as const;

/** Option names are lower case here; RFC 2347 has them match in any case. */
export const optionName = {
  blockSize: 'blksize', // RFC 2348
  timeout: 'timeout', // RFC 2349
  transferSize: 'tsize', // RFC 2349
  windowSize: 'windowsize', // RFC 7440
} as const;
