/** The query of the address as plain texts: `?running=true` stays "true". Of a repeated name the last counts. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** The other way; what is not a text is left out. */
export function writeSearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (typeof value === "string" && value !== "") params.append(name, value);
  return params.size === 0 ? "" : `?${params.toString()}`;
}

/** What a screen takes from the address: a free text (`true`) or one of some values. */
export type SearchShape = Readonly<Record<string, true | readonly string[]>>;

/** The type of an address read with a shape. */
export type SearchOf<S extends SearchShape> = {
  -readonly [K in keyof S]?: S[K] extends readonly (infer V)[] ? V : string;
};

/** A reader for `validateSearch`: names outside the shape and values outside a list are dropped. */
export function searchReader<const S extends SearchShape>(shape: S): (raw: Record<string, unknown>) => SearchOf<S> {
  return (raw) => {
    const found: Record<string, string> = {};
    for (const [name, allowed] of Object.entries(shape)) {
      const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
      if (typeof value === "string" && value !== "" && (allowed === true || allowed.includes(value)))
        found[name] = value;
    }
    return found as SearchOf<S>;
  };
}
