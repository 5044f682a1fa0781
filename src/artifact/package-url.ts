import { AmapError, type Decoded, type Issue, LIMITS } from "../base/index.ts";
import { packageUrlTypeRules } from "./package-url-types.ts";

/** A package's name in any ecosystem (ECMA-427, purl-spec). All parts are decoded and normalised. */
export interface PackageUrl {
  /** `npm`, `deb`, `golang`…, lower case. */
  readonly type: string;
  /** Decoded segments joined by `/`: `@angular`, `github.com/gorilla`, `debian`. */
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  /** Lower-case keys, sorted; never an empty value, never a key `__proto__`. Look keys up with Object.hasOwn. */
  readonly qualifiers: Readonly<Record<string, string>>;
  /** Path inside the package, without leading or trailing slash. */
  readonly subpath?: string;
}

const TYPE = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY = /^[a-z._-][a-z0-9._-]*$/;

export interface PackageUrlOptions {
  /** Refuses what the specification only recommends to accept: qualifier keys with upper-case letters. */
  readonly strict?: boolean;
}

class Refused extends Error {}

/**
 * Parses a package URL, and normalises it by the rules of its type. A malformed one is data: one issue VALUE_INVALID.
 * Input is at most LIMITS.referenceLength long. Two spellings that mean the same give equal values.
 *
 * Read generously where the specification recommends it: upper-case types and qualifier keys, slashes after `pkg:`, an
 * npm scope's unencoded `@`. Refused: a qualifier key that occurs twice, an encoded slash in a namespace; with `strict`
 * also upper-case qualifier keys.
 * @see https://github.com/package-url/purl-spec/blob/main/docs/how-to-parse.md
 * @example
 * ```ts
 * import { parsePackageUrl } from "./index.ts";
 * const parsed = parsePackageUrl("pkg:npm/%40angular/animation@12.3.1?arch=x64");
 * parsed.ok && parsed.value.namespace; // "@angular"
 * ```
 */
export function parsePackageUrl(text: string, options: PackageUrlOptions = {}): Decoded<PackageUrl> {
  if (options.strict === true || text.length > MAX_REMEMBERED_LENGTH) return parseAnew(text, options.strict === true);
  const known = recent.get(text) ?? earlier.get(text);
  if (known !== undefined) return known;
  const parsed = parseAnew(text, false);
  if (recent.size >= REMEMBERED) {
    earlier = recent;
    recent = new Map();
  }
  recent.set(text, parsed);
  return parsed;
}

/** A component's package URL is asked for again by each step that it goes through. */
const REMEMBERED = 4_096;
const MAX_REMEMBERED_LENGTH = 256;
let recent = new Map<string, Decoded<PackageUrl>>();
let earlier: ReadonlyMap<string, Decoded<PackageUrl>> = new Map();

function parseAnew(text: string, isStrict: boolean): Decoded<PackageUrl> {
  try {
    return { ok: true, value: parse(text, isStrict) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const issue: Issue = { code: "VALUE_INVALID", path: "", message: error.message };
    return { ok: false, issues: [issue] };
  }
}

/**
 * Writes a package URL in its canonical form: normalised by its type, percent-encoded, qualifiers sorted and without
 * empty values. For every text that parses, `formatPackageUrl(parse(text))` parses to the same value.
 * @throws {AmapError} VALUE_INVALID for parts that no package URL can have
 * @see https://github.com/package-url/purl-spec/blob/main/docs/how-to-build.md
 * @example
 * ```ts
 * import { formatPackageUrl } from "./index.ts";
 * formatPackageUrl({ type: "deb", namespace: "debian", name: "curl", version: "7.88.1-10", qualifiers: { arch: "amd64" } });
 * // "pkg:deb/debian/curl@7.88.1-10?arch=amd64"
 * ```
 */
export function formatPackageUrl(purl: PackageUrl): string {
  try {
    return format(normalise(purl));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new AmapError("VALUE_INVALID", error.message);
  }
}

function parse(text: string, isStrict: boolean): PackageUrl {
  if (text.length > LIMITS.referenceLength)
    throw new Refused(`a package URL is at most ${LIMITS.referenceLength} long`);
  const [beforeSubpath, subpath] = splitLast(text, "#");
  const [beforeQualifiers, qualifiers] = splitLast(beforeSubpath, "?");
  const scheme = /^pkg:\/*/i.exec(beforeQualifiers)?.[0];
  if (scheme === undefined) throw new Refused(`expected pkg:type/name, found "${text.slice(0, 100)}"`);
  const remainder = beforeQualifiers.slice(scheme.length);
  const slash = remainder.indexOf("/");
  if (slash === -1) throw new Refused(`expected a type, a slash and a name after pkg:, found "${text.slice(0, 100)}"`);
  const type = remainder.slice(0, slash).toLowerCase();
  const [path, version] = splitVersion(remainder.slice(slash + 1).replace(/^\/+/, ""));
  return normalise({
    type,
    ...parseNames(type, path),
    ...(version === undefined ? {} : { version: decode(version) }),
    qualifiers: parseQualifiers(qualifiers ?? "", isStrict),
    ...(subpath === undefined ? {} : { subpath: parseSubpath(subpath) }),
  });
}

function parseNames(type: string, path: string): { readonly namespace?: string; readonly name: string } {
  const segments = path.split("/");
  const last = decode(segments.pop() ?? "");
  const namespace = segments.filter((segment) => segment !== "").map(decodeSegment);
  const host = namespace[0];
  if (host === undefined || last === "") return { name: last };
  if (packageUrlTypeRules(type).nameHoldsSlashes !== true) return { namespace: namespace.join("/"), name: last };
  return { namespace: host, name: [...namespace.slice(1), last].join("/") };
}

/** An `@` that begins a segment and is followed by a further one is an npm scope that was not encoded. */
function splitVersion(path: string): readonly [path: string, version: string | undefined] {
  const at = path.lastIndexOf("@");
  if (at === -1) return [path, undefined];
  const beginsSegment = at === 0 || path[at - 1] === "/";
  if (beginsSegment && path.indexOf("/", at) !== -1) return [path, undefined];
  return [path.slice(0, at), path.slice(at + 1)];
}

function parseQualifiers(text: string, isStrict: boolean): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    if (equals === -1) throw new Refused(`expected key=value, found the qualifier "${pair.slice(0, 100)}"`);
    const stated = pair.slice(0, equals);
    const key = stated.toLowerCase();
    if (isStrict && key !== stated)
      throw new Refused(`expected a qualifier key in lower case, found "${stated.slice(0, 100)}"`);
    if (found.has(key)) throw new Refused(`the qualifier ${key} occurs twice`);
    found.set(key, decode(pair.slice(equals + 1)));
  }
  return Object.fromEntries(found);
}

function parseSubpath(text: string): string {
  const segments = text.split("/").map((segment) => decodeSegment(segment));
  return segments.filter((segment) => segment !== "" && segment !== "." && segment !== "..").join("/");
}

/** Checks the parts and brings them into the one form that values are compared in. */
function normalise(purl: PackageUrl): PackageUrl {
  const type = purl.type.toLowerCase();
  if (!TYPE.test(type)) throw new Refused(`expected a type of letters, digits, . and -, found "${type.slice(0, 100)}"`);
  const rules = packageUrlTypeRules(type);
  const cased = (part: "namespace" | "name" | "version", text: string): string =>
    rules.lowerCase?.includes(part) === true ? text.toLowerCase() : text;
  const qualifiers = normaliseQualifiers(purl.qualifiers);
  const namespace = trimSegments(cased("namespace", purl.namespace ?? ""));
  const casedName = cased("name", purl.name);
  const name = rules.normaliseName === undefined ? casedName : rules.normaliseName(casedName, qualifiers);
  const version = cased("version", purl.version ?? "");
  const subpath = trimSegments(purl.subpath ?? "");
  if (name === "") throw new Refused(`a package URL of type ${type} needs a name`);
  if (namespace === "" && rules.namespace === "required") throw new Refused(`type ${type} needs a namespace`);
  if (namespace !== "" && rules.namespace === "prohibited") throw new Refused(`type ${type} has no namespace`);
  const problem = rules.problem?.({ name, ...(version === "" ? {} : { version }) });
  if (problem !== undefined) throw new Refused(problem);
  return {
    type,
    ...(namespace === "" ? {} : { namespace }),
    name,
    ...(version === "" ? {} : { version }),
    qualifiers,
    ...(subpath === "" ? {} : { subpath }),
  };
}

function normaliseQualifiers(qualifiers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(qualifiers).filter(([, value]) => value !== "");
  for (const [key] of kept) {
    if (!QUALIFIER_KEY.test(key) || key === "__proto__") {
      throw new Refused(
        `expected a qualifier key of lower-case letters, digits, . - and _, found "${key.slice(0, 100)}"`,
      );
    }
  }
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function trimSegments(text: string): string {
  return text
    .split("/")
    .filter((segment) => segment !== "")
    .join("/");
}

function format(purl: PackageUrl): string {
  const encodePath = (path: string): string => path.split("/").map(encode).join("/");
  const qualifiers = Object.entries(purl.qualifiers).map(([key, value]) => `${key}=${encode(value)}`);
  return [
    `pkg:${purl.type}/`,
    purl.namespace === undefined ? "" : `${encodePath(purl.namespace)}/`,
    packageUrlTypeRules(purl.type).nameHoldsSlashes === true ? encodePath(purl.name) : encode(purl.name),
    purl.version === undefined ? "" : `@${encode(purl.version)}`,
    qualifiers.length === 0 ? "" : `?${qualifiers.join("&")}`,
    purl.subpath === undefined ? "" : `#${encodePath(purl.subpath)}`,
  ].join("");
}

/** Everything but letters, digits, `.`, `-`, `_`, `~` and `:` is encoded. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text)
      .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%3A", ":");
  } catch {
    throw new Refused("a part holds half of a surrogate pair");
  }
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refused(`"${text.slice(0, 100)}" is not valid percent-encoding of UTF-8`);
  }
}

/** A decoded slash would turn one segment into two, so that two different names would be written alike. */
function decodeSegment(text: string): string {
  const decoded = decode(text);
  if (decoded.includes("/")) throw new Refused(`the segment "${text.slice(0, 100)}" holds an encoded slash`);
  return decoded;
}

function splitLast(text: string, separator: string): readonly [before: string, after: string | undefined] {
  const at = text.lastIndexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
