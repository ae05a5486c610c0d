/** What a mirror does wrong, for so many answers; it is right again after. */
export type Fault = { readonly times: number } & (
  | { readonly kind: 'unavailable' }
  /** The length is promised, and the connection broken after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** One bit of the first byte is another. */
  | { readonly kind: 'altered' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
);

export interface Faults {
  /** Path as in the URL, `/download.example/a/b`. Takes the place of what was ordered for it before. */
  order(path: string, fault: Fault): void;
  /** The fault of the next answer for this path, which is thereby counted. */
  take(path: string): Fault | undefined;
}

export function createFaults(): Faults {
  const orders = new Map<string, Fault>();
  return {
    order: (path, fault) => void orders.set(path, fault),
    take(path) {
      const fault = orders.get(path);
      if (!fault || fault.times <= 0) return undefined;
      orders.set(path, { ...fault, times: fault.times - 1 });
      return fault;
    },
  };
}
