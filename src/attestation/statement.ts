import {
  AmapError,
  type Decoded,
  type Digest,
  decodeHex,
  digestAlgorithm,
  digestHex,
  encodeUtf8,
  type Issue,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  readJsonWithout,
  type Value,
  type ValueObject,
  writeJson,
} from "../base/index.ts";
import { IMAGE_SIGNATURE_PREDICATE_TYPE } from "./predicate-types.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument, toDocument } from "./read-document.ts";

/** What a Statement speaks about (in-toto Statement v1, `subject`). */
export interface Subject {
  readonly name?: string;
  /** `algorithm → hex`. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, Value>>;
}

/** The two `_type`s that are read. */
export type StatementType = "https://in-toto.io/Statement/v1" | "https://in-toto.io/Statement/v0.1";

/** An in-toto Statement (v1; v0.1, which cosign still writes for attestations, is read as the same shape). */
export interface Statement {
  readonly _type: StatementType;
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  /** Of a statement over LIMITS.eagerStatementBytes it is made when it is first asked for. */
  readonly predicate: Value;
}

/** The DSSE payload type of every in-toto Statement. */
export const STATEMENT_PAYLOAD_TYPE = "application/vnd.in-toto+json";

const STATEMENT_V1 = "https://in-toto.io/Statement/v1";
const STATEMENT_V0_1 = "https://in-toto.io/Statement/v0.1";

/** Hex digits of the digests that are compared; other algorithms (`gitCommit`, `goModuleH1`) are kept as written. */
const HEX_LENGTHS: Readonly<Record<string, number>> = { sha1: 40, sha256: 64, sha384: 96, sha512: 128 };

/**
 * A Statement about subjects: `{name, digest}` each, or a {@link Digest} with a name.
 *
 * @throws {AmapError} STATEMENT_INVALID when it would not decode again (no subject, no digest, no predicate type)
 * @see in-toto Statement v1
 * @example
 * ```ts
 * import { createStatement } from "./index.ts";
 * const subjects = [{ name: "127.0.0.1:5000/shop", digest: { sha256: "ab".repeat(32) } }];
 * const statement = createStatement({ subjects, predicateType: "https://openvex.dev/ns", predicate: {} });
 * statement._type; // "https://in-toto.io/Statement/v1"
 * ```
 */
export function createStatement(input: {
  readonly subjects: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: Value;
  /** v1 unless told otherwise; cosign 3.1.3 itself still writes v0.1 for attestations and reads both. */
  readonly type?: StatementType;
}): Statement {
  const issues: Issue[] = [];
  const statement = {
    _type: input.type ?? STATEMENT_V1,
    subject: readSubjects(input.subjects as unknown as Value, issues),
    predicateType: readPredicateType(input.predicateType, issues),
    predicate: input.predicate,
  };
  const first = issues[0];
  if (first !== undefined) throw new AmapError("STATEMENT_INVALID", `${first.path}: ${first.message}`);
  return statement;
}

/**
 * The Statement of an image signature in bundle form, as `cosign sign` writes it: no name, the signer's annotations on
 * the subject, an empty predicate.
 *
 * @example
 * ```ts
 * import { createSignatureStatement } from "./index.ts";
 * createSignatureStatement(`sha256:${"ab".repeat(32)}`, { team: "shop" }).predicateType; // "https://sigstore.dev/cosign/sign/v1"
 * ```
 */
export function createSignatureStatement(
  digest: Digest,
  annotations: Readonly<Record<string, string>> = {},
): Statement {
  return createStatement({
    subjects: [{ digest: { [digestAlgorithm(digest)]: digestHex(digest) }, annotations }],
    predicateType: IMAGE_SIGNATURE_PREDICATE_TYPE,
    predicate: {},
  });
}

/**
 * A Statement as JSON bytes, one line, members in cosign's order (`_type`, `subject`, `predicateType`, `predicate`).
 *
 * @throws {AmapError} LIMIT_EXCEEDED over LIMITS.attachmentBytes
 * @example
 * ```ts
 * import { createStatement, decodeStatement, encodeStatement } from "./index.ts";
 * const subjects = [{ name: "shop", digest: { sha256: "ab".repeat(32) } }];
 * const bytes = encodeStatement(createStatement({ subjects, predicateType: "https://openvex.dev/ns", predicate: {} }));
 * decodeStatement(bytes).ok; // true
 * ```
 */
export function encodeStatement(statement: Statement): Uint8Array {
  const bytes = encodeUtf8(
    writeJson({
      _type: statement._type,
      subject: statement.subject.map(subjectToValue),
      predicateType: statement.predicateType,
      predicate: statement.predicate,
    }),
  );
  if (bytes.length > LIMITS.attachmentBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `a statement of ${bytes.length} bytes is over the limit of ${LIMITS.attachmentBytes}`,
    );
  }
  return bytes;
}

/**
 * A Statement from JSON bytes, v1 or v0.1, or every issue (STATEMENT_INVALID). Strict JSON: a duplicate member makes
 * it invalid, since two readers could take different ones. Each subject needs a digest; sha1, sha256, sha384 and
 * sha512 must be lower-case hex of their length. Unknown members are ignored, as in-toto's parsing rules ask; a
 * predicate that is left out is `{}`. At most LIMITS.statementSubjects subjects with LIMITS.subjectDigests each.
 *
 * @see in-toto Statement v1, "Parsing rules"
 * @example
 * ```ts
 * import { decodeStatement } from "./index.ts";
 * decodeStatement(new TextEncoder().encode("{}")).ok; // false
 * ```
 */
export function decodeStatement(bytes: Uint8Array): Decoded<Statement> {
  const isLarge = bytes.length > LIMITS.eagerStatementBytes;
  const read = isLarge ? readLargeStatement(bytes) : readDocument(bytes, "STATEMENT_INVALID", "a statement");
  if (!read.ok) return read;
  const issues: Issue[] = [];
  const type = memberOf(read.value, "_type");
  if (type !== STATEMENT_V1 && type !== STATEMENT_V0_1) {
    issues.push(issue("_type", `expected ${STATEMENT_V1} or ${STATEMENT_V0_1}, found ${quoteText(type)}`));
  }
  const subject = readSubjects(memberOf(read.value, "subject"), issues);
  const predicateType = readPredicateType(memberOf(read.value, "predicateType"), issues);
  if (issues.length > 0) return { ok: false, issues };
  const statement = { _type: type as StatementType, subject, predicateType };
  if (isLarge) return { ok: true, value: withLatePredicate(statement, bytes) };
  return { ok: true, value: { ...statement, predicate: memberOf(read.value, "predicate") ?? {} } };
}

/** All but the predicate, which is checked and not made: nobody may ask for these megabytes. */
function readLargeStatement(bytes: Uint8Array): Decoded<ValueObject> {
  return toDocument(
    "STATEMENT_INVALID",
    "a statement",
    () => readJsonWithout(bytes, "predicate", STATEMENT_LIMIT).value,
  );
}

const STATEMENT_LIMIT = { maxBytes: LIMITS.attachmentBytes };

function withLatePredicate(statement: Omit<Statement, "predicate">, bytes: Uint8Array): Statement {
  let predicate: Value | undefined;
  return Object.defineProperty({ ...statement } as Statement, "predicate", {
    enumerable: true,
    get: () => {
      predicate ??= memberOf(readJson(bytes, STATEMENT_LIMIT), "predicate") ?? {};
      return predicate;
    },
  });
}

function readPredicateType(value: Value | undefined, issues: Issue[]): string {
  if (typeof value === "string" && value !== "") return value;
  issues.push(issue("predicateType", `expected a URI, found ${quoteText(value)}`));
  return "";
}

function readSubjects(value: Value | undefined, issues: Issue[]): readonly Subject[] {
  if (!Array.isArray(value) || value.length === 0) {
    issues.push(issue("subject", "expected a list with one subject or more"));
    return [];
  }
  if (value.length > LIMITS.statementSubjects) {
    issues.push(issue("subject", `expected at most ${LIMITS.statementSubjects} subjects, found ${value.length}`));
    return [];
  }
  const subjects: Subject[] = [];
  value.forEach((item: Value, index) => {
    const subject = readSubject(item, `subject[${index}]`, issues);
    if (subject !== undefined) subjects.push(subject);
  });
  return subjects;
}

function readSubject(value: Value, path: string, issues: Issue[]): Subject | undefined {
  const before = issues.length;
  const digest = readDigestSet(memberOf(value, "digest"), `${path}.digest`, issues);
  const name = memberOf(value, "name");
  if (name !== undefined && name !== null && typeof name !== "string") {
    issues.push(issue(`${path}.name`, `expected text, found ${quoteText(name)}`));
  }
  const annotations = memberOf(value, "annotations");
  if (annotations !== undefined && annotations !== null && !isValueObject(annotations)) {
    issues.push(issue(`${path}.annotations`, "expected an object"));
  }
  if (issues.length > before) return undefined;
  return {
    ...(typeof name === "string" ? { name } : {}),
    digest,
    ...(isValueObject(annotations) ? { annotations } : {}),
  };
}

function readDigestSet(value: Value | undefined, path: string, issues: Issue[]): Readonly<Record<string, string>> {
  const entries = isValueObject(value) ? Object.entries(value) : [];
  if (entries.length === 0 || entries.length > LIMITS.subjectDigests) {
    issues.push(issue(path, `expected 1 to ${LIMITS.subjectDigests} digests, found ${entries.length}`));
    return {};
  }
  for (const [algorithm, text] of entries) {
    if (typeof text !== "string" || text === "" || !hasDigestForm(algorithm, text)) {
      issues.push(issue(`${path}.${algorithm.slice(0, 100)}`, `expected lower-case hex, found ${quoteText(text)}`));
    }
  }
  return value as Readonly<Record<string, string>>;
}

function hasDigestForm(algorithm: string, text: string): boolean {
  const length = Object.hasOwn(HEX_LENGTHS, algorithm) ? HEX_LENGTHS[algorithm] : undefined;
  if (length === undefined) return true;
  return text.length === length && text === text.toLowerCase() && decodeHex(text) !== undefined;
}

function subjectToValue(subject: Subject): ValueObject {
  return {
    ...(subject.name === undefined ? {} : { name: subject.name }),
    digest: subject.digest,
    ...(subject.annotations === undefined ? {} : { annotations: subject.annotations }),
  };
}

function issue(path: string, message: string): Issue {
  return { code: "STATEMENT_INVALID", path, message };
}
