/** The error that ends this work. That it does not end well is part of the test. */
export async function thrownBy(work: Promise<unknown>): Promise<Error> {
  const ended: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (ended instanceof Error) return ended;
  throw new Error('nothing was thrown');
}
