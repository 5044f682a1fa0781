import { type Decoded, type Issue, isValueObject, LIMITS, memberOf, type Value } from "../../../base/index.ts";
import type { ComponentHash, ExternalReference, Party, PartyRole, Property } from "../sbom.ts";
import { toComponentHash } from "../value-reading.ts";

/** What a rule fills where nothing is stated. Texts may hold `{name}`, `{version}` and `{namespace}`. */
export interface EnrichValues {
  readonly parties: readonly Party[];
  readonly version?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly description?: string;
  readonly copyright?: string;
  readonly licenses?: string;
  readonly concludedLicenses?: string;
  readonly hashes: readonly ComponentHash[];
  readonly references: readonly ExternalReference[];
  readonly properties: readonly Property[];
}

/** One rule: which components it is about, and what it fills. */
export interface EnrichRule {
  /** `rules.yaml: debian`; what filled values are marked with. */
  readonly name: string;
  /** A pattern of package URLs with `*` and `?`, with or without a version; qualifiers are not looked at. */
  readonly purl?: string;
  /** A pattern of names, for components without a package URL as well. */
  readonly componentName?: string;
  readonly set: EnrichValues;
}

/** Rules for an SBOM. */
export interface EnrichRules {
  readonly rules: readonly EnrichRule[];
  /** What to fill of the document itself. */
  readonly document?: {
    /** What filled values are marked with. */
    readonly name: string;
    readonly parties: readonly Party[];
    readonly lifecycles: readonly string[];
    readonly dataLicense?: string;
  };
}

const PARTY_ROLES = ["supplier", "manufacturer", "author", "publisher", "originator"] as const;
const TEXT_FIELDS = ["version", "purl", "cpe", "description", "copyright", "licenses", "concludedLicenses"] as const;
const LIST_FIELDS = ["hashes", "references", "properties", "distribution"] as const;

/**
 * Reads rules for enriching SBOMs: `rules`, each with `match` (a pattern of package URLs, or `{ purl, name }`) and `set`;
 * and `document`. What is not understood is an issue, never left out.
 * @example
 * ```ts
 * import { readEnrichRules } from "../../index.ts";
 * const read = readEnrichRules({ rules: [{ match: "pkg:npm/*", set: { supplier: "npm" } }] }, "rules.yaml");
 * read.ok && read.value.rules[0]?.name; // "rules.yaml: rule 1"
 * ```
 */
export function readEnrichRules(document: Value, source: string): Decoded<EnrichRules> {
  const reader = new RuleReader();
  const top = reader.object(document, "", ["rules", "document"]);
  const listed = memberOf(top, "rules");
  const items = listed === undefined ? [] : reader.list(listed, "rules");
  if (items.length > LIMITS.enrichRules) {
    reader.refuse("rules", `expected at most ${LIMITS.enrichRules} rules, found ${items.length}`);
  }
  const rules = items.map((item, index) => readRule(reader, item, index, source));
  const own = memberOf(top, "document");
  const value: EnrichRules = {
    rules,
    ...(own === undefined ? {} : { document: readDocumentRule(reader, own, source) }),
  };
  return reader.issues.length > 0 ? { ok: false, issues: reader.issues } : { ok: true, value };
}

function readRule(reader: RuleReader, item: Value, index: number, source: string): EnrichRule {
  const at = `rules[${index}]`;
  const object = reader.object(item, at, ["name", "match", "set"]);
  const name = reader.text(object, "name", at) ?? `rule ${index + 1}`;
  const match = memberOf(object, "match");
  const parts = typeof match === "string" ? undefined : reader.object(match, `${at}.match`, ["purl", "name"]);
  const purl = typeof match === "string" ? match : reader.text(parts, "purl", `${at}.match`);
  const componentName = reader.text(parts, "name", `${at}.match`);
  if (purl === undefined && componentName === undefined) {
    reader.refuse(`${at}.match`, "expected a pattern of package URLs, or purl or name");
  }
  return {
    name: `${source}: ${name}`,
    ...(purl === undefined ? {} : { purl }),
    ...(componentName === undefined ? {} : { componentName }),
    set: readValues(reader, memberOf(object, "set"), `${at}.set`),
  };
}

function readValues(reader: RuleReader, value: Value | undefined, at: string): EnrichValues {
  const object = reader.object(value, at, [...PARTY_ROLES, ...TEXT_FIELDS, ...LIST_FIELDS]);
  const texts = TEXT_FIELDS.flatMap((field) => {
    const text = reader.text(object, field, at);
    return text === undefined ? [] : [[field, text] as const];
  });
  const references = reader
    .pairs(memberOf(object, "references"), `${at}.references`)
    .map(([kind, url]): ExternalReference => ({ kind, url, hashes: [] }));
  const distribution = memberOf(object, "distribution");
  return {
    parties: PARTY_ROLES.flatMap((role) => readParty(reader, memberOf(object, role), role, `${at}.${role}`)),
    ...Object.fromEntries(texts),
    hashes: readHashes(reader, reader.pairs(memberOf(object, "hashes"), `${at}.hashes`), `${at}.hashes`),
    references: [
      ...references,
      ...(distribution === undefined ? [] : [readDistribution(reader, distribution, `${at}.distribution`)]),
    ],
    properties: reader
      .pairs(memberOf(object, "properties"), `${at}.properties`)
      .map(([name, text]) => ({ name, value: text })),
  };
}

/** Where the file that is deployed is, with its hashes. */
function readDistribution(reader: RuleReader, value: Value, at: string): ExternalReference {
  const pairs = reader.pairs(value, at);
  const url = pairs.find(([key]) => key === "url")?.[1];
  if (url === undefined) reader.refuse(`${at}.url`, "expected an address");
  const hashes = readHashes(
    reader,
    pairs.filter(([key]) => key !== "url"),
    at,
  );
  return { kind: "distribution", url: url ?? "", hashes };
}

function readHashes(
  reader: RuleReader,
  pairs: readonly (readonly [string, string])[],
  at: string,
): readonly ComponentHash[] {
  return pairs.flatMap(([algorithm, hex]) => {
    const hash = toComponentHash(algorithm, hex);
    if (hash === undefined)
      reader.refuse(`${at}.${algorithm}`, "expected an algorithm such as SHA-256, and hex digits");
    return hash ?? [];
  });
}

function readParty(reader: RuleReader, value: Value | undefined, role: PartyRole, at: string): readonly Party[] {
  if (value === undefined) return [];
  const kind = role === "author" ? "person" : "organization";
  if (typeof value === "string") return [{ role, kind, name: value, emails: [], urls: [] }];
  const object = reader.object(value, at, ["name", "email", "url", "kind"]);
  const stated = reader.text(object, "kind", at);
  if (stated !== undefined && stated !== "organization" && stated !== "person") {
    reader.refuse(`${at}.kind`, `expected organization or person, found "${stated.slice(0, 40)}"`);
  }
  const [email, url] = [reader.text(object, "email", at), reader.text(object, "url", at)];
  return [
    {
      role,
      kind: stated === "organization" || stated === "person" ? stated : kind,
      name: reader.text(object, "name", at) ?? "",
      emails: email === undefined ? [] : [email],
      urls: url === undefined ? [] : [url],
    },
  ];
}

function readDocumentRule(reader: RuleReader, value: Value, source: string): NonNullable<EnrichRules["document"]> {
  const roles = ["author", "supplier", "manufacturer"] as const;
  const object = reader.object(value, "document", [...roles, "lifecycles", "dataLicense"]);
  const stated = memberOf(object, "lifecycles");
  const lifecycles = stated === undefined ? [] : reader.list(stated, "document.lifecycles");
  const dataLicense = reader.text(object, "dataLicense", "document");
  return {
    name: `${source}: document`,
    parties: roles.flatMap((role) => readParty(reader, memberOf(object, role), role, `document.${role}`)),
    lifecycles: lifecycles.filter((phase, index): phase is string => {
      if (typeof phase !== "string") reader.refuse(`document.lifecycles[${index}]`, "expected text");
      return typeof phase === "string";
    }),
    ...(dataLicense === undefined ? {} : { dataLicense }),
  };
}

/** Reads members and collects what is wrong with them. */
class RuleReader {
  readonly issues: Issue[] = [];

  refuse(path: string, message: string): void {
    this.issues.push({ code: "VALUE_INVALID", path, message });
  }

  object(value: Value | undefined, path: string, known: readonly string[]): Value | undefined {
    if (value === undefined || !isValueObject(value)) {
      this.refuse(path, "expected an object");
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.refuse(path, `expected one of ${known.join(", ")}, found "${key.slice(0, 40)}"`);
    }
    return value;
  }

  list(value: Value, path: string): readonly Value[] {
    if (Array.isArray(value)) return value as readonly Value[];
    this.refuse(path, "expected a list");
    return [];
  }

  text(value: Value | undefined, key: string, path: string): string | undefined {
    const member = memberOf(value, key);
    if (member === undefined || typeof member === "string") return member;
    // A version such as 1.10 must be quoted: as a number it is another one.
    this.refuse(`${path}.${key}`, "expected text; put a number into quotes");
    return undefined;
  }

  pairs(value: Value | undefined, path: string): readonly (readonly [key: string, text: string])[] {
    if (value === undefined) return [];
    if (!isValueObject(value)) {
      this.refuse(path, "expected an object");
      return [];
    }
    return Object.keys(value).flatMap((key) => {
      const text = this.text(value, key, path);
      return text === undefined ? [] : [[key, text] as const];
    });
  }
}
