import { parse, TomlError } from "smol-toml";
import { AmapError, decodeUtf8 } from "../../base/index.ts";

/** A place that a repository is read from. */
export interface PullSource {
  readonly registry: string;
  readonly repository: string;
  /** TLS certificates are not checked there, and plain HTTP is spoken where there is no TLS. */
  readonly insecure: boolean;
  /** Whether tags, and whether digests, are looked up there. */
  readonly tags: boolean;
  readonly digests: boolean;
}

/** The places of one repository, in the order in which they are asked. */
export interface PullPlaces {
  /** Reading it is forbidden. */
  readonly blocked: boolean;
  readonly mirrors: readonly PullSource[];
  readonly original: PullSource;
  /** The prefix of the entry, for messages. */
  readonly prefix: string;
}

/** What the files say. */
export interface RegistriesConf {
  /**
   * The places of a repository; undefined where no entry is for it.
   * @throws {AmapError} REGISTRIES_CONF_INVALID where an entry leads to no repository
   */
  readonly placesOf: (registry: string, repository: string) => PullPlaces | undefined;
}

/** One `[[registry]]`. */
export interface RegistryEntry {
  readonly prefix: string;
  /** Takes the prefix's place; as it is where undefined, which only `*.DOMAIN` may be. */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorEntry[];
}

interface MirrorEntry {
  readonly location: string;
  readonly insecure: boolean;
  readonly tags: boolean;
  readonly digests: boolean;
}

type Table = Readonly<Record<string, unknown>>;

/** Keys that say how short names are completed, which is never done here. */
const SHORT_NAMES = ["unqualified-search-registries", "short-name-mode", "aliases"];
const TOP = ["registry", "credential-helpers", ...SHORT_NAMES];
const ENTRY = ["prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror"];
const MIRROR = ["location", "insecure", "pull-from-mirror"];
/** What a mirror is asked for. */
const PULLS: ReadonlyMap<unknown, Pick<MirrorEntry, "tags" | "digests">> = new Map([
  ["all", { tags: true, digests: true }],
  ["digest-only", { tags: false, digests: true }],
  ["tag-only", { tags: true, digests: false }],
]);
/** A host and port, with `*.` before it where that is allowed, and a path. */
const PLACE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:\/[a-z0-9._-]+)*$/;

/**
 * The entries of one file.
 * @throws {AmapError} REGISTRIES_CONF_INVALID, NOT_SUPPORTED
 */
export function readEntries(bytes: Uint8Array, path: string): readonly RegistryEntry[] {
  const document = readToml(bytes, path);
  if (Object.hasOwn(document, "registries")) {
    throw new AmapError("NOT_SUPPORTED", `${path}: [registries] is version 1 of the form, which is not supported`, {
      hint: "Write each registry as a [[registry]] with prefix and location.",
    });
  }
  requireKnown(document, TOP, path, "the file");
  const helpers = own(document, "credential-helpers") ?? [];
  if (!Array.isArray(helpers) || helpers.some((helper) => helper !== "containers-auth.json")) {
    throw new AmapError(
      "NOT_SUPPORTED",
      `${path}: credential-helpers other than containers-auth.json are not supported`,
      {
        hint: "Name the helper in docker's config.json (credHelpers or credsStore), and leave it out here.",
      },
    );
  }
  const entries = tables(own(document, "registry"), path, "registry").map((table) => readEntry(table, path));
  for (const { prefix } of entries) {
    if (entries.filter((entry) => entry.prefix === prefix).length > 1) {
      throw invalid(path, `expected one [[registry]] for "${prefix}", found more`);
    }
  }
  return entries;
}

/** Looks places up: the longest prefix holds. */
export function compileEntries(entries: readonly RegistryEntry[]): RegistriesConf {
  return {
    placesOf(registry, repository) {
      const name = `${registry}/${repository}`;
      let best: { readonly entry: RegistryEntry; readonly length: number } | undefined;
      for (const entry of entries) {
        const length = matchLength(entry.prefix, name);
        if (length > (best?.length ?? 0)) best = { entry, length };
      }
      if (best === undefined) return undefined;
      const { entry, length } = best;
      const rest = name.slice(length);
      const source = (location: string | undefined, what: Omit<PullSource, "registry" | "repository">): PullSource => ({
        ...splitName(location === undefined ? name : `${location}${rest}`, entry.prefix),
        ...what,
      });
      const { insecure } = entry;
      return {
        blocked: entry.blocked,
        prefix: entry.prefix,
        mirrors: entry.mirrors.map(({ location, ...what }) => source(location, what)),
        original: source(entry.location, { insecure, tags: true, digests: true }),
      };
    },
  };
}

/** How much of a name a prefix covers, 0 for nothing. It ends where a part of the name ends. */
function matchLength(prefix: string, name: string): number {
  if (!prefix.startsWith("*.")) {
    return name === prefix || name.startsWith(`${prefix}/`) ? prefix.length : 0;
  }
  const host = name.slice(0, name.indexOf("/"));
  return host.endsWith(prefix.slice(1)) && host.length >= prefix.length ? host.length : 0;
}

function splitName(name: string, prefix: string): Pick<PullSource, "registry" | "repository"> {
  const slash = name.indexOf("/");
  if (slash > 0) return { registry: name.slice(0, slash), repository: name.slice(slash + 1) };
  throw new AmapError(
    "REGISTRIES_CONF_INVALID",
    `[[registry]] "${prefix}": its location "${name}" names no repository`,
    {
      hint: "Where the prefix is a whole repository, each location must be one, too.",
    },
  );
}

function readEntry(table: Table, path: string): RegistryEntry {
  const stated = text(table, "prefix", path) ?? text(table, "location", path);
  if (stated === undefined) throw invalid(path, "expected prefix or location in a [[registry]], found neither");
  const what = `[[registry]] "${stated}"`;
  requireKnown(table, ENTRY, path, what);
  const isWildcard = stated.startsWith("*.");
  const prefix = isWildcard ? `*.${place(stated.slice(2), path, what)}` : place(stated, path, what);
  if (isWildcard && prefix.includes("/")) throw invalid(path, `${what}: expected no path after "*.DOMAIN", found one`);
  const location = text(table, "location", path);
  const byDigestOnly = flag(table, "mirror-by-digest-only", path, what);
  return {
    prefix,
    location: location === undefined ? (isWildcard ? undefined : prefix) : place(location, path, what),
    insecure: flag(table, "insecure", path, what),
    blocked: flag(table, "blocked", path, what),
    mirrors: tables(own(table, "mirror"), path, "registry.mirror").map((each) =>
      readMirror(each, byDigestOnly, path, what),
    ),
  };
}

function readMirror(table: Table, byDigestOnly: boolean, path: string, entry: string): MirrorEntry {
  const stated = text(table, "location", path);
  if (stated === undefined) throw invalid(path, `${entry}: expected the location of its mirror, found none`);
  const what = `${entry}, mirror "${stated}"`;
  requireKnown(table, MIRROR, path, what);
  const pull = own(table, "pull-from-mirror");
  if (pull !== undefined && byDigestOnly) {
    throw invalid(path, `${what}: expected pull-from-mirror or mirror-by-digest-only, found both`);
  }
  const pulls = PULLS.get(byDigestOnly ? "digest-only" : (pull ?? "all"));
  if (pulls === undefined) {
    throw invalid(
      path,
      `${what}: expected pull-from-mirror to be one of ${[...PULLS.keys()].join(", ")}, found another`,
    );
  }
  return { location: place(stated, path, what), insecure: flag(table, "insecure", path, what), ...pulls };
}

function readToml(bytes: Uint8Array, path: string): Table {
  const source = decodeUtf8(bytes);
  if (source === undefined) throw invalid(path, "expected UTF-8 text, found other bytes");
  try {
    return parse(source, { unsafeKeyBehaviour: "throw", maxDepth: 8 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalid(path, `expected TOML, found something else at line ${error.line}, column ${error.column}`);
  }
}

/** A host with an optional port and path. @throws {AmapError} REGISTRIES_CONF_INVALID, NOT_SUPPORTED */
function place(stated: string, path: string, what: string): string {
  const trimmed = stated.replace(/\/$/, "");
  if (/[/][^/]*[@:]/.test(trimmed)) {
    throw new AmapError("NOT_SUPPORTED", `${path}: ${what}: a name with a tag, a digest or a scheme is not supported`, {
      hint: "Name a registry or a repository: HOST[:PORT][/PATH].",
    });
  }
  if (PLACE.test(trimmed)) return trimmed;
  throw invalid(path, `${what}: expected HOST[:PORT][/PATH], found "${stated.slice(0, 200)}"`);
}

function requireKnown(table: Table, known: readonly string[], path: string, what: string): void {
  const other = Object.keys(table).find((key) => !known.includes(key));
  if (other !== undefined) throw invalid(path, `${what}: "${other.slice(0, 100)}" is not a key of this form`);
}

function own(table: Table, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function text(table: Table, key: string, path: string): string | undefined {
  const value = own(table, key);
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw invalid(path, `expected text for ${key}, found something else`);
}

function flag(table: Table, key: string, path: string, what: string): boolean {
  const value = own(table, key) ?? false;
  if (typeof value === "boolean") return value;
  throw invalid(path, `${what}: expected true or false for ${key}, found something else`);
}

function tables(value: unknown, path: string, name: string): readonly Table[] {
  if (value === undefined) return [];
  if (
    Array.isArray(value) &&
    value.every((each) => typeof each === "object" && each !== null && !Array.isArray(each))
  ) {
    return value as readonly Table[];
  }
  throw invalid(path, `expected [[${name}]] tables, found something else`);
}

function invalid(path: string, what: string): AmapError {
  return new AmapError("REGISTRIES_CONF_INVALID", `${path}: ${what}`);
}
