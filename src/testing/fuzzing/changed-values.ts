import fc from "fast-check";
import { encodeUtf8, isValueObject, type Value, type ValueObject } from "../../base/index.ts";

/** One change of a document's tree; places are counted from the root, modulo how many there are. */
interface ValueChange {
  readonly at: number;
  readonly kind: "replace" | "drop" | "copy" | "repeat" | "wrap" | "deepen" | "lengthen" | "rename";
  /** The place that is copied, or the key that is chosen. */
  readonly other: number;
  readonly junk: Value;
}

/** Stands for half of a surrogate pair, which no text can hold and JSON can write. */
export const LONE_SURROGATE = "\ue0d8";

/** What may stand where something else was expected. */
const JUNK: readonly Value[] = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53 + 2,
  -(2n ** 70n),
  "",
  " ",
  "\n",
  "\u0000",
  LONE_SURROGATE,
  "\ufeff",
  "]]>",
  "</text>",
  "<text>",
  "&#0;",
  "../../../etc/passwd",
  "__proto__",
  "constructor",
  "NOASSERTION",
  "NONE",
  "pkg:npm/%2e%2e/a@1",
  "pkg:",
  "(MIT",
  "MIT AND",
  "GPL-2.0-or-later WITH x",
  "2026-13-45T99:99:99Z",
  "urn:uuid:",
  "SPDXRef-a",
  "DocumentRef-x:SPDXRef-y",
  "amap:x",
  [],
  {},
  [[]],
  [null],
  [{}],
  { __proto__: null, constructor: 1, toString: [] },
  { name: "x", version: 1 },
];

const KEYS = [
  "__proto__",
  "constructor",
  "name",
  "bom-ref",
  "SPDXID",
  "spdxId",
  "components",
  "licenses",
  "license",
  "text",
  "#text",
  "@id",
  "type",
  "",
  "a b",
  "é<",
];

const KINDS: readonly ValueChange["kind"][] = [
  "replace",
  "replace",
  "drop",
  "copy",
  "copy",
  "repeat",
  "wrap",
  "deepen",
  "lengthen",
  "rename",
];

/** A few changes of a tree. */
export const valueChanges: fc.Arbitrary<readonly ValueChange[]> = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom(...KINDS),
    other: fc.nat(),
    junk: fc.oneof(fc.constantFrom(...JUNK), fc.string({ maxLength: 6 })),
  }),
  { maxLength: 5 },
);

const MOST_NODES = 4_000;
const DEEP = 300;
const LONG = 20_000;

/** A document with changes made, one after the other. */
export function changeValue(document: Value, changes: readonly ValueChange[]): Value {
  let result = document;
  for (const change of changes) {
    const nodes = nodesOf(result);
    // Copies of copies could grow without end.
    if (nodes.length > MOST_NODES) break;
    const place = { left: change.at % nodes.length };
    result =
      replaceNode(result, place, (node) => (change.kind === "drop" ? undefined : changeNode(node, change, nodes))) ??
      null;
  }
  return result;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function nodesOf(value: Value): readonly Value[] {
  const found: Value[] = [];
  const open: Value[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    if (isList(next)) open.push(...next.toReversed());
    else if (isValueObject(next)) open.push(...Object.values(next).toReversed());
  }
  return found;
}

/** Counts nodes as {@link nodesOf} lists them; undefined takes a member away. */
function replaceNode(
  value: Value,
  place: { left: number },
  change: (node: Value) => Value | undefined,
): Value | undefined {
  place.left -= 1;
  if (place.left < 0) return place.left === -1 ? change(value) : value;
  if (isList(value)) {
    return value.flatMap((item) => {
      const made = replaceNode(item, place, change);
      return made === undefined ? [] : [made];
    });
  }
  if (!isValueObject(value)) return value;
  const kept: (readonly [string, Value])[] = [];
  for (const [key, member] of Object.entries(value)) {
    const made = replaceNode(member, place, change);
    if (made !== undefined) kept.push([key, made]);
  }
  return Object.fromEntries(kept);
}

function changeNode(node: Value, change: ValueChange, nodes: readonly Value[]): Value {
  switch (change.kind) {
    case "replace":
      return change.junk;
    case "copy":
      return nodes[change.other % nodes.length] ?? null;
    case "repeat":
      return isList(node) ? [...node, ...node, change.junk] : [node, node];
    case "wrap":
      return isList(node) ? Object.fromEntries(node.map((item, index) => [index, item])) : { [keyOf(change)]: node };
    case "deepen":
      return deepen(node, keyOf(change));
    case "lengthen":
      return typeof node === "string" ? (node === "" ? "a" : node).repeat(LONG / Math.max(1, node.length)) : node;
    default:
      return isValueObject(node) ? rename(node, change) : change.junk;
  }
}

function deepen(node: Value, key: string): Value {
  let result: Value = node;
  for (let depth = 0; depth < DEEP; depth++) result = isList(node) ? [result] : { [key]: result };
  return result;
}

function rename(node: ValueObject, change: ValueChange): Value {
  const entries = Object.entries(node);
  const chosen = change.other % Math.max(1, entries.length);
  return Object.fromEntries(
    entries.map(([key, value], index) => [index === chosen ? keyOf(change) : key, value] as const),
  );
}

function keyOf({ at, other }: ValueChange): string {
  return KEYS[(at + other) % KEYS.length] ?? "";
}

/** One change of a text, or of bytes. */
interface TextChange {
  readonly at: number;
  readonly length: number;
  readonly insert: string;
}

/** What text formats give a meaning to. */
const TOKENS =
  '"|\'|{|}|[|]|(|)|:|,|@|#|/|\\|=|<|>|&|%|!|*|-|.|\n|\t|\0|  |<<: |]]>|<!--|<![CDATA[|&lt;|&#55296;|&a;|<!DOCTYPE a [<!ENTITY a "b">]>|<?xml version=\'1.1\'?>|<text>|</text>|null|1.0|1e999|__proto__|constructor|\\ud800|"a":1,|é|😀|\ufeff|---\n|&x [*x]|!!js '.split(
    "|",
  );

/** A few changes of a text. */
export const textChanges: fc.Arbitrary<readonly TextChange[]> = fc.array(
  fc.record({
    at: fc.nat(),
    length: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 400 })),
    insert: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 4 })),
  }),
  { maxLength: 3 },
);

/** A text with changes made, one after the other. */
export function changeText(text: string, changes: readonly TextChange[]): string {
  let result = text;
  for (const { at, length, insert } of changes) {
    const place = at % (result.length + 1);
    result = result.slice(0, place) + insert + result.slice(place + length);
  }
  return result;
}

/** How a text may become bytes, most often as it should. */
export const textEncodings = fc.constantFrom("utf-8", "utf-8", "utf-8", "utf-8", "bom", "utf-16le", "latin1", "cut");

/** A text in an encoding of {@link textEncodings}; a lone surrogate has no encoding. */
export function encodeAs(text: string, encoding: "utf-8" | "bom" | "utf-16le" | "latin1" | "cut"): Uint8Array {
  const whole = text.toWellFormed();
  if (encoding === "utf-8") return encodeUtf8(whole);
  if (encoding === "bom") return encodeUtf8(`\ufeff${whole}`);
  if (encoding === "cut") return encodeUtf8(`${whole}é`).subarray(0, -1);
  return new Uint8Array(Buffer.from(encoding === "utf-16le" ? `\ufeff${whole}` : whole, encoding));
}
