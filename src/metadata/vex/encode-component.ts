import { parsePackageUrl } from "../../artifact/index.ts";
import { isDigest } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { parseBomLink } from "./bom-link.ts";
import type { VexLosses } from "./encode-losses.ts";
import type { VexComponent } from "./vex.ts";

/** What identifies a component, as formats other than OpenVEX keep it apart. */
export interface Identification {
  /** For people: the package URL, CPE, digest or IRI. */
  readonly name: string;
  readonly purl?: string;
  /** Version 2.3 where both are given. */
  readonly cpe?: string;
  /** With the specification's names in lower case: `sha-256` → hex in lower case. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly bomLink?: string;
  /** An IRI that is none of the others. */
  readonly iri?: string;
}

const CPE23 = /^cpe:2\.3:[aho*-](?::(?:\\.|[A-Za-z0-9._~%*?-])+){10}$/;
const CPE22 = /^cpe:\/[aho]?(?::[A-Za-z0-9._~%-]*){0,6}$/i;
const DIGEST_NAMES: ReadonlyMap<string, string> = new Map([
  ["sha256", "sha-256"],
  ["sha384", "sha-384"],
  ["sha512", "sha-512"],
]);

const PLACE = "statements[].products[].identifiers";

/** What a component is known by; what is none of that is told as lost. */
export function identify(component: VexComponent, losses: VexLosses): Identification {
  const { id } = component;
  const purl = purlOf(component, losses);
  const cpe = cpeOf(component, losses);
  for (const kind of Object.keys(component.identifiers)) {
    if (!["purl", "cpe22", "cpe23"].includes(kind))
      losses.add("dropped", PLACE, `an identifier of the kind "${kind.slice(0, 40)}"`);
  }
  const hashes = hashesOf(component);
  const isSaid = id === "" || id.startsWith("pkg:") || id.startsWith("cpe:") || isDigest(id);
  const isLink = parseBomLink(id) !== undefined;
  return withoutUndefined({
    name: id === "" ? (purl ?? cpe ?? Object.values(hashes)[0] ?? "unnamed") : id,
    purl,
    cpe,
    hashes,
    bomLink: isLink ? id : undefined,
    iri: isSaid || isLink ? undefined : id,
  });
}

function purlOf({ id, identifiers }: VexComponent, losses: VexLosses): string | undefined {
  const purl = new Map(Object.entries(identifiers)).get("purl") ?? (id.startsWith("pkg:") ? id : undefined);
  if (purl === undefined) return undefined;
  if (id.startsWith("pkg:") && id !== purl) losses.add("dropped", PLACE, "a second package URL of one product");
  if (parsePackageUrl(purl).ok) return purl;
  losses.add("dropped", PLACE, "a package URL that is not well-formed");
  return undefined;
}

function cpeOf({ id, identifiers }: VexComponent, losses: VexLosses): string | undefined {
  const given = new Map(Object.entries(identifiers));
  const stated = [given.get("cpe23"), given.get("cpe22"), id.startsWith("cpe:") ? id : undefined];
  const [cpe, other] = [...new Set(stated.filter((text) => text !== undefined))];
  if (other !== undefined) losses.add("dropped", PLACE, "a second CPE of one product");
  if (cpe === undefined || CPE23.test(cpe) || CPE22.test(cpe)) return cpe;
  losses.add("dropped", PLACE, "a CPE that is not well-formed");
  return undefined;
}

function hashesOf({ id, hashes }: VexComponent): Readonly<Record<string, string>> {
  const stated = Object.entries(hashes).map(([name, hex]) => [name.toLowerCase(), hex.toLowerCase()] as const);
  const [algorithm = "", hex = ""] = isDigest(id) ? id.split(":") : [];
  const own = hex === "" ? [] : [[DIGEST_NAMES.get(algorithm) ?? algorithm, hex] as const];
  return Object.fromEntries([...stated, ...own]);
}

/** Whether two components are the same: known by the same. */
export function identityKey(component: VexComponent): string {
  const sorted = (record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([component.id, sorted(component.identifiers), sorted(component.hashes)]);
}
