import {
  type Decoded,
  isAmapError,
  LIMITS,
  matchesWildcard,
  readPublicKey,
  readYaml,
  type ValueObject,
} from "../../base/index.ts";
import { DocumentReader, join, member, withoutUndefined } from "../document-reader.ts";
import type { BuildTypeRow } from "./build-type.ts";

/** Who may sign what a builder states; all that a row names must hold. */
export type BuilderSigner =
  | {
      readonly kind: "certificate";
      readonly issuer: string;
      /**
       * Whom the certificate names. `builder`: exactly the builder's id. `workflow`: the workflow that the provenance
       * says was run. `pattern`: a text in which `*` stands for anything but `/` and `@`.
       */
      readonly subject: { readonly is: "builder" | "workflow" } | { readonly is: "pattern"; readonly pattern: string };
      /** Extensions of Fulcio's, by name, and what they must say. */
      readonly extensions: Readonly<Record<string, string>>;
      /** As `extensions`, for certificates that have them: the first ones had fewer. */
      readonly extensionsIfStated?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "key"; readonly publicKeyPem: string }
  /** Whoever the caller trusts by flags of his own. */
  | { readonly kind: "anyone-trusted" };

/** A builder that is believed, and how far. */
export interface TrustedBuilder {
  /** `builder.id`, or with `refs` what stands before its `@`. */
  readonly id: string;
  /** What may stand behind the `@`, as patterns; without them `id` is the whole. */
  readonly refs?: readonly string[];
  /** The build level that this builder is known to reach. */
  readonly highestLevel: 1 | 2 | 3;
  /** Build types that it may state; any that is known where left out. */
  readonly buildTypes?: readonly string[];
  readonly signers: readonly BuilderSigner[];
  /** It is on no list: the caller named it. */
  readonly isUnlisted?: true;
}

/** Builders that are believed, and the build types that they use beyond those that amap knows. */
export interface BuilderList {
  readonly builders: readonly TrustedBuilder[];
  readonly buildTypes: readonly BuildTypeRow[];
}

/** The `apiVersion` and `kind` of the file. */
const VERSION = "amap.dev/v1alpha1";
const KIND = "BuilderList";

/**
 * Reads a list of builders in YAML or JSON. Unknown fields are refused with their place, as is a builder that nobody
 * signs for.
 * @example
 * ```ts
 * import { decodeBuilderList } from "../index.ts";
 * import { encodeUtf8 } from "../../base/index.ts";
 * decodeBuilderList(encodeUtf8("kind: BuilderList")).ok; // false
 * ```
 */
export function decodeBuilderList(bytes: Uint8Array): Decoded<BuilderList> {
  const reader = new DocumentReader();
  const root = readRoot(bytes, reader);
  if (root === undefined) return reader.finish<BuilderList>(undefined);
  refuseOthers(reader, root, "", ["apiVersion", "kind", "builders", "buildTypes"]);
  for (const [key, expected] of [
    ["apiVersion", VERSION],
    ["kind", KIND],
  ] as const) {
    if (member(root, key) !== expected) reader.refuse(key, `expected ${expected}`);
  }
  const builders = reader.objects(root, "builders", "", (item, path) => readBuilder(reader, item, path));
  if (builders.length === 0) reader.refuse("builders", "expected a builder, found none");
  const ids = builders.map(({ id, refs }) => `${id} ${refs?.join(" ") ?? ""}`);
  if (new Set(ids).size < ids.length) reader.refuse("builders", "expected every id once");
  const buildTypes = reader.objects(root, "buildTypes", "", (item, path) => readBuildType(reader, item, path));
  return reader.finish({ builders, buildTypes });
}

function readRoot(bytes: Uint8Array, reader: DocumentReader): ValueObject | undefined {
  try {
    const [document, ...others] = readYaml(bytes, { maxBytes: LIMITS.builderListBytes });
    if (others.length > 0) return reader.refuse("", "expected one document, found several");
    return reader.object(document, "");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return reader.refuse("", error.message, error.code);
  }
}

function refuseOthers(reader: DocumentReader, object: ValueObject, path: string, known: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) reader.refuse(join(path, key), `unknown field; expected ${known.join(", ")}`);
  }
}

function readBuilder(reader: DocumentReader, item: ValueObject, path: string): TrustedBuilder {
  refuseOthers(reader, item, path, ["id", "refs", "highestLevel", "buildTypes", "signers"]);
  const level = member(item, "highestLevel");
  if (level !== 1 && level !== 2 && level !== 3) reader.refuse(join(path, "highestLevel"), "expected 1, 2 or 3");
  const signers = reader.objects(item, "signers", path, (signer, at) => readSigner(reader, signer, at));
  if (signers.length === 0) reader.refuse(join(path, "signers"), "expected who signs for it, found nobody");
  const optional = (key: string): readonly string[] | undefined => {
    if (member(item, key) === undefined) return undefined;
    const texts = reader.strings(item, key, path);
    if (texts.length === 0 || texts.includes("")) reader.refuse(join(path, key), "expected texts that are not empty");
    return texts;
  };
  return withoutUndefined({
    id: reader.string(item, "id", path),
    refs: optional("refs"),
    highestLevel: level === 2 || level === 3 ? level : 1,
    buildTypes: optional("buildTypes"),
    signers,
  });
}

const SUBJECTS = ["subject", "subjectIs"] as const;

function readSigner(reader: DocumentReader, item: ValueObject, path: string): BuilderSigner | undefined {
  refuseOthers(reader, item, path, ["issuer", ...SUBJECTS, "extensions", "publicKey"]);
  const pem = member(item, "publicKey");
  if (pem !== undefined) {
    if (Object.keys(item).length > 1) return reader.refuse(path, "expected publicKey alone: a key has no certificate");
    return readKey(reader, pem, join(path, "publicKey"));
  }
  const issuer = reader.string(item, "issuer", path);
  const given = SUBJECTS.filter((name) => member(item, name) !== undefined);
  if (given.length !== 1) return reader.refuse(path, `expected one of ${SUBJECTS.join(" and ")}`);
  const extensions = Object.fromEntries(reader.stringMap(item, "extensions", path));
  if (given[0] === "subject") {
    const pattern = reader.string(item, "subject", path);
    return { kind: "certificate", issuer, subject: { is: "pattern", pattern }, extensions };
  }
  const is = member(item, "subjectIs");
  if (is !== "builder" && is !== "workflow") {
    return reader.refuse(join(path, "subjectIs"), "expected builder or workflow");
  }
  return { kind: "certificate", issuer, subject: { is }, extensions };
}

function readKey(reader: DocumentReader, pem: unknown, path: string): BuilderSigner | undefined {
  if (typeof pem !== "string") return reader.refuse(path, "expected a public key in PEM");
  try {
    readPublicKey(pem);
    return { kind: "key", publicKeyPem: pem };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return reader.refuse(path, error.message, error.code);
  }
}

const PLACES = ["source", "ref", "commit", "inputs", "trigger", "workflow"] as const;

function readBuildType(reader: DocumentReader, item: ValueObject, path: string): BuildTypeRow {
  refuseOthers(reader, item, path, ["uri", "note", "statedBy", "parameters", ...PLACES]);
  const statedBy = member(item, "statedBy");
  if (statedBy !== "platform" && statedBy !== "workflow" && statedBy !== "job") {
    reader.refuse(join(path, "statedBy"), "expected platform, workflow or job");
  }
  const places = Object.fromEntries(PLACES.map((name) => [name, readPlaces(reader, item, name, path)]));
  return {
    ...withoutUndefined(places),
    uri: reader.string(item, "uri", path),
    note: reader.optionalString(item, "note", path) ?? "",
    statedBy: statedBy === "platform" || statedBy === "workflow" ? statedBy : "job",
    source: places["source"] ?? [],
    parameters: reader.strings(item, "parameters", path),
  };
}

function readPlaces(
  reader: DocumentReader,
  item: ValueObject,
  name: string,
  path: string,
): readonly string[] | undefined {
  if (member(item, name) === undefined) return undefined;
  const place = reader.string(item, name, path);
  const isPlace = /^(?:externalParameters|internalParameters)(?:\.[^.\s]+)+$/.test(place);
  if (!isPlace && !(name === "source" && place === "dependency")) {
    reader.refuse(join(path, name), "expected a place such as externalParameters.repository");
  }
  return [place];
}

/**
 * Whether a text is what a pattern says; its `*` takes neither `/` nor `@`, so that it never reaches into another part of
 * an address.
 */
export function matchesPart(pattern: string, text: string): boolean {
  const count = (of: string, character: string): number => of.split(character).length;
  return (
    matchesWildcard(pattern, text) &&
    count(pattern, "/") === count(text, "/") &&
    count(pattern, "@") === count(text, "@")
  );
}

/** Whether a builder's row speaks of a `builder.id`. */
export function isOfBuilder({ id, refs }: TrustedBuilder, builderId: string): boolean {
  if (refs === undefined) return id === builderId;
  if (!builderId.startsWith(`${id}@`)) return false;
  const ref = builderId.slice(id.length + 1);
  return refs.some((pattern) => matchesPart(pattern, ref));
}
