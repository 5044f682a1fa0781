/** A CPE name's attributes (NISTIR 7695) in lower case: part, vendor, product, version, update and so on. */
export interface Cpe {
  readonly text: string;
  /** Eleven, `*` where nothing is said. */
  readonly attributes: readonly string[];
}

const ATTRIBUTES = 11;
/** The version's place among them. */
export const VERSION_OF_CPE = 3;
const ANY = "*";

/** Reads a CPE 2.3 name or a 2.2 URI; undefined where it is none, or leaves vendor or product open. */
export function parseCpe(text: string): Cpe | undefined {
  const attributes = text.startsWith("cpe:2.3:")
    ? splitFormatted(text.slice("cpe:2.3:".length))
    : text.startsWith("cpe:/")
      ? text.slice("cpe:/".length).split(":").map(readUriPart)
      : [];
  if (attributes.length < 3 || attributes.length > ATTRIBUTES) return undefined;
  // A name that stands for any vendor's or any product is no statement about this one.
  if (attributes.slice(0, 3).some((attribute) => attribute === ANY || attribute === "-")) return undefined;
  return { text, attributes: [...attributes, ...Array<string>(ATTRIBUTES - attributes.length).fill(ANY)] };
}

/** A colon that belongs to a value has a backslash before it. */
function splitFormatted(text: string): readonly string[] {
  return text.split(/(?<!\\):/).map((part) => part.toLowerCase().replace(/\\([^*?\\-])/g, "$1"));
}

/** An encoded `*` is a value that is a star, and must not become the one that stands for any. */
function readUriPart(part: string): string {
  if (part === "") return ANY;
  return part.toLowerCase().replace(/%([0-9a-f]{2})/g, (_, hex: string) => {
    const sign = String.fromCharCode(Number.parseInt(hex, 16));
    return /[*?\\-]/.test(sign) ? `\\${sign}` : sign.toLowerCase();
  });
}

/** Whether a name, as a pattern, covers another one: each attribute is equal, or any in the pattern. */
export function matchesCpe(pattern: Cpe, name: Cpe): boolean {
  return pattern.attributes.every((attribute, index) => attribute === ANY || attribute === name.attributes[index]);
}

/** What CPE names are looked up by. */
export function cpeKeyOf({ attributes }: Cpe): string {
  return attributes.slice(0, 3).join(":");
}
