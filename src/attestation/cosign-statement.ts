import { AmapError, Double, encodeUtf8, isValueObject, LIMITS, type Value, writeJson } from "../base/index.ts";
import { createStatement, type Subject } from "./statement.ts";

const STATEMENT_V0_1 = "https://in-toto.io/Statement/v0.1";

/**
 * The bytes of a statement as cosign 3.1.3 makes it for `attest` and `attest-blob`: in-toto v0.1, the predicate's members
 * sorted by key, numbers in their shortest form. Two things are not as cosign's: an integer beyond 2^53 keeps its digits,
 * which cosign rounds, and members that cosign's own types do not know stay, which it leaves out; what is signed is what
 * was given.
 *
 * @throws {AmapError} STATEMENT_INVALID for a subject without a digest, LIMIT_EXCEEDED over LIMITS.attachmentBytes
 * @see in-toto Statement v0.1
 * @example
 * ```ts
 * import { encodeCosignStatement } from "./index.ts";
 * const subject = { name: "app.tgz", digest: { sha256: "ab".repeat(32) } };
 * const bytes = encodeCosignStatement({ subject, predicateType: "https://example.com/x", predicate: { b: 1, a: 2 } });
 * new TextDecoder().decode(bytes).endsWith('"predicate":{"a":2,"b":1}}'); // true
 * ```
 */
export function encodeCosignStatement(input: {
  readonly subject: Subject;
  readonly predicateType: string;
  readonly predicate: Value;
}): Uint8Array {
  const { predicateType, predicate } = input;
  const subjects = [input.subject];
  // Made for its checks: what is written must be read again.
  const { subject } = createStatement({ subjects, predicateType, predicate: {}, type: STATEMENT_V0_1 });
  const head = writeJson({
    _type: STATEMENT_V0_1,
    subject: subject.map(({ name, digest }) => ({ ...(name === undefined ? {} : { name }), digest })),
    predicateType,
  });
  const bytes = encodeUtf8(`${head.slice(0, -1)},"predicate":${writeSorted(predicate)}}`);
  if (bytes.length <= LIMITS.attachmentBytes) return bytes;
  throw new AmapError(
    "LIMIT_EXCEEDED",
    `a statement of ${bytes.length} bytes is over the limit of ${LIMITS.attachmentBytes}`,
  );
}

/** JSON as Go's protobuf writes a Struct. Text, not objects: those would put keys that look like numbers first. */
function writeSorted(value: Value): string {
  if (value instanceof Double) return writeNumber(value.value);
  if (typeof value === "number") return writeNumber(value);
  if (Array.isArray(value)) return `[${value.map(writeSorted).join(",")}]`;
  if (!isValueObject(value)) return writeJson(value);
  const members = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
  return `{${members.map(([key, member]) => `${writeJson(key)}:${writeSorted(member)}`).join(",")}}`;
}

function writeNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The order of texts by their UTF-8 bytes, which UTF-16 orders otherwise above U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a, b].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const at = left?.findIndex((point, index) => point !== right?.[index]) ?? 0;
  return at === -1 ? -1 : (left?.[at] ?? -1) - (right?.[at] ?? -1);
}
