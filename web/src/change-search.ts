/** New values for some names of an address's query; `undefined` takes a name out. */
export type SearchChange<S> = { readonly [K in keyof S]?: S[K] | undefined };

/**
 * An address's query with some names changed, for `navigate({search})`. The place in a list goes with every change, for
 * a cursor belongs to the filters that it was given for; keep it by naming it.
 */
export function changeSearch<S extends { cursor?: string }>(old: S, change: SearchChange<S>): S {
  const merged = Object.entries({ ...old, cursor: undefined, ...change });
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as unknown as S;
}
