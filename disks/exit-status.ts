/** How a script of any room says that a disk is not as it was planned. The last line of its log says it in words. */
export const diskStatus = { changed: 80, busy: 81 } as const;
