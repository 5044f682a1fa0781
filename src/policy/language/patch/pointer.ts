/** A part of a JSON Pointer, as it is meant (RFC 6901 §4): `a~1b` is the key `a/b`. */
export function decodeToken(token: string): string {
  return token.includes("~") ? token.replace(/~[01]/g, (escape) => (escape === "~1" ? "/" : "~")) : token;
}

/** A key as a part of a JSON Pointer. */
export function encodeToken(key: string): string {
  return key.includes("~") || key.includes("/") ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

/** The index that a part is; undefined for what is no integer. A sign and leading zeros are taken, as Go reads them. */
export function parseIndex(token: string): number | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(token)) return undefined;
  const index = Number(token);
  // Go refuses what needs more than 64 bits; no list is that long either.
  return Math.abs(index) < 2 ** 63 ? index : undefined;
}
