import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { parseTime } from "../../base/index.ts";
import { bareSerial, parseBomLink, spellingsOf } from "./bom-link.ts";
import { type Cpe, cpeKeyOf, matchesCpe, parseCpe } from "./cpe-matching.ts";
import { matchesParsed, packageKeysOf } from "./purl-matching.ts";
import type { VexBom, VexComponent, VexDocument, VexPlatform, VexProduct, VexStatement, VexSubject } from "./vex.ts";

/** A document that the caller trusts for this product. */
export interface TrustedVexDocument {
  readonly document: VexDocument;
  /** RFC 3339 signed time. A statement cannot be newer than the signature over it, whatever date it bears. */
  readonly trustedAt?: string;
  /** Where it was found, for the report: an attestation's digest, a file. */
  readonly source: string;
  /** Set when it is an attestation whose subject is the product: statements without products then speak of it. */
  readonly isAttestedForProduct?: boolean;
}

/** What a component is known by beside its package URL. */
export interface ComponentIdentity {
  /** CPE names 2.2 or 2.3. */
  readonly cpes: readonly string[];
  /** `sha-256:<hex>`, in lower case. */
  readonly hashes: readonly string[];
}

/** A statement with all that it is matched by. */
export interface Candidate {
  readonly statement: VexStatement;
  readonly origin: TrustedVexDocument;
  /** Its place in the document, from 0. */
  readonly index: number;
  /** Milliseconds; the statement's own time, but not after the signature. */
  readonly time: number;
  /** Decides between statements that are alike in all else, so that the order of documents does not matter. */
  readonly text: string;
  readonly products: readonly PreparedProduct[];
}

export interface PreparedComponent {
  readonly component: VexComponent;
  readonly purls: readonly PackageUrl[];
  readonly cpes: readonly Cpe[];
}

export interface PreparedProduct extends PreparedComponent {
  readonly subcomponents: readonly PreparedComponent[];
  /** Whether it names what was scanned, all of it. */
  readonly isSubject: boolean;
  /** Where it does not: the platforms that it names, by their places in the subject's list. */
  readonly platforms: readonly number[];
}

/** What an image, or one of its platforms, is known by. */
interface PreparedImage {
  readonly purls: readonly PackageUrl[];
  readonly digests: ReadonlySet<string>;
  readonly indexDigest: string | undefined;
  /** What it is known to be, by the qualifiers that name a platform. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
}

export interface PreparedSubject extends PreparedImage {
  readonly bom: VexBom | undefined;
  readonly platforms: readonly PreparedPlatform[];
  /** Names and digests of which a product has one if it names a platform. */
  readonly platformKeys: ReadonlySet<string>;
}

export interface PreparedPlatform extends PreparedImage {
  readonly digest: string;
  /** For people: `linux/amd64`, or the digest. */
  readonly name: string;
}

/** A component of the artifact, ready to be matched. */
export interface Target {
  readonly purl: PackageUrl | undefined;
  /** As the finding or the SBOM writes it. */
  readonly text: string;
  readonly cpes: readonly Cpe[];
  readonly hashes: ReadonlySet<string>;
}

export function parsePurl(purl: string): PackageUrl | undefined {
  const parsed = parsePackageUrl(purl);
  return parsed.ok ? parsed.value : undefined;
}

export function prepareSubject(product: VexSubject): PreparedSubject {
  const purls = product.purls.flatMap((purl) => parsePurl(purl) ?? []);
  const digests = product.digests.map((digest) => digest.toLowerCase());
  const indexDigest = product.indexDigest?.toLowerCase();
  const platforms = (product.platforms ?? []).map((platform) => preparePlatform(platform, purls, digests));
  return {
    purls,
    digests: new Set(digests),
    // What has platforms is an index.
    indexDigest: indexDigest ?? (platforms.length === 0 ? undefined : digests[0]),
    parts: new Map(PART_QUALIFIERS.map((key) => [key, purls.flatMap((purl) => qualifierOf(purl, key) ?? [])])),
    bom: product.bom,
    platforms,
    platformKeys: new Set(
      platforms.flatMap((platform) => [...platform.digests, ...platform.purls.map(({ name }) => name)]),
    ),
  };
}

/** A platform is known by its own digest, and as the index with its architecture. */
function preparePlatform(
  { digest: written, name, architecture }: VexPlatform,
  purls: readonly PackageUrl[],
  digests: readonly string[],
): PreparedPlatform {
  const digest = written.toLowerCase();
  const arch = architecture === undefined ? {} : { arch: architecture };
  return {
    digest,
    name: name ?? digest,
    purls: purls
      .filter(({ type }) => IMAGE_TYPES.has(type))
      .flatMap((purl) => {
        const own = { ...purl, qualifiers: { ...purl.qualifiers, ...arch } };
        return [own, { ...own, version: digest }];
      }),
    digests: new Set([digest, ...digests]),
    indexDigest: digests[0],
    parts: partsOf(name, architecture),
  };
}

/** `linux/arm/v7` says the operating system and the variant, too. */
function partsOf(name = "", architecture?: string): ReadonlyMap<string, readonly string[]> {
  const [os = "", , variant = ""] = name.includes("/") ? name.split("/") : [];
  const known = { arch: architecture ?? "", os, variant, platform: os === "" ? "" : name };
  return new Map(Object.entries(known).map(([key, value]) => [key, value === "" ? [] : [value]]));
}

const NOTHING: ComponentIdentity = { cpes: [], hashes: [] };

export function prepareTarget(purl: string, { cpes, hashes }: ComponentIdentity = NOTHING): Target {
  return {
    purl: parsePurl(purl),
    text: purl,
    cpes: cpes.flatMap((cpe) => parseCpe(cpe) ?? []),
    hashes: new Set(hashes),
  };
}

export function prepareCandidate(origin: TrustedVexDocument, index: number, subject: PreparedSubject): Candidate {
  const statement = origin.document.statements[index] as VexStatement;
  const stated = parseTime(statement.timestamp) ?? Number.NEGATIVE_INFINITY;
  const signed = origin.trustedAt === undefined ? undefined : parseTime(origin.trustedAt);
  return {
    statement,
    origin,
    index,
    time: signed === undefined ? stated : Math.min(stated, signed),
    text: JSON.stringify([origin.document.id, origin.source, origin.document.author, statement]),
    products: statement.products.map((product) => prepareProduct(product, subject)),
  };
}

function prepareProduct(product: VexProduct, subject: PreparedSubject): PreparedProduct {
  const { isSubjectLink } = followLink(product.id, subject.bom);
  const prepared = prepareComponent(product, subject.bom);
  const isWhole = isSubjectLink || isSubject(prepared, subject);
  return {
    ...prepared,
    isSubject: isWhole,
    platforms: isWhole ? NO_PLATFORMS : platformsNamedBy(prepared, subject),
    subcomponents: product.subcomponents.map((each) => prepareComponent(each, subject.bom)),
  };
}

function prepareComponent(component: VexComponent, bom: VexBom | undefined): PreparedComponent {
  const { id, identifiers } = component;
  const own = (key: string): string | undefined => (Object.hasOwn(identifiers, key) ? identifiers[key] : undefined);
  const { linked } = followLink(id, bom);
  const purls = [...new Set([id, own("purl"), linked])].flatMap((text) =>
    text === undefined ? [] : (parsePurl(text) ?? []),
  );
  // A CPE is the coarser name: it counts only where no package URL says more precisely what is meant.
  const cpes =
    purls.length > 0
      ? []
      : [...new Set([id, own("cpe23"), own("cpe22")])].flatMap((text) =>
          text === undefined ? [] : (parseCpe(text) ?? []),
        );
  return { component, purls, cpes };
}

/** What a BOM-Link into the subject's own document names: its subject, or the package URL of one of its components. */
function followLink(id: string, bom: VexBom | undefined): { linked: string | undefined; isSubjectLink: boolean } {
  const link = bom === undefined ? undefined : parseBomLink(id);
  const nothing = { linked: undefined, isSubjectLink: false };
  if (link === undefined || bom === undefined || link.serial !== bareSerial(bom.serialNumber)) return nothing;
  if (bom.version !== undefined && bom.version !== link.version) return nothing;
  if (link.ref === undefined) return { linked: undefined, isSubjectLink: true };
  const refs = spellingsOf(link.ref);
  const linked = refs.map((ref) => bom.refs.get(ref)).find((purl) => purl !== undefined);
  return { linked, isSubjectLink: refs.some((ref) => bom.rootRefs?.includes(ref) === true) };
}

const NO_PLATFORMS: readonly number[] = [];

function platformsNamedBy(product: PreparedComponent, { platforms, platformKeys }: PreparedSubject): readonly number[] {
  const { component, purls } = product;
  const keys = [
    digestIn(component.id),
    ...digestsIn(component),
    ...purls.flatMap(({ name, version = "" }) => [name, version]),
  ];
  if (!keys.some((key) => platformKeys.has(key) || platformKeys.has(key.toLowerCase()))) return NO_PLATFORMS;
  return platforms.flatMap((platform, index) => (isSubject(product, platform) ? [index] : []));
}

/** Hashes as digests are written. */
function digestsIn(component: VexComponent): readonly string[] {
  return hashesOf(component).map((hash) => hash.replace(/^sha-/, "sha"));
}

function isSubject({ component, purls }: PreparedComponent, image: PreparedImage): boolean {
  // A package URL that names one platform says more than a digest, or a name of all of them, beside it.
  if (!purls.every((purl) => isOfPlatform(purl, image))) return false;
  if (image.digests.has(digestIn(component.id))) return true;
  for (const digest of digestsIn(component)) if (image.digests.has(digest)) return true;
  return purls.some((purl) => isImage(purl, image) || image.purls.some((own) => matchesParsed(purl, own)));
}

/** Whether a package URL names the artifact by its digest. */
function isImage({ type, version }: PackageUrl, { digests }: PreparedImage): boolean {
  return IMAGE_TYPES.has(type) && version !== undefined && digests.has(version.toLowerCase());
}

/** Qualifiers that name a platform; BuildKit writes `platform`. */
const PART_QUALIFIERS = ["arch", "os", "variant", "platform"] as const;

/** Whether no qualifier of a package URL says that it is another platform; one of a single platform in an index is. */
function isOfPlatform(purl: PackageUrl, { parts, digests, indexDigest }: PreparedImage): boolean {
  if (!IMAGE_TYPES.has(purl.type)) return true;
  const digest = purl.version?.toLowerCase() ?? "";
  const isThisOne = indexDigest === undefined || (digest !== indexDigest && digests.has(digest));
  return PART_QUALIFIERS.every((key) => {
    const stated = qualifierOf(purl, key);
    const own = parts.get(key) ?? [];
    return stated === undefined || (own.length === 0 ? isThisOne : own.includes(stated));
  });
}

function qualifierOf({ qualifiers }: PackageUrl, key: string): string | undefined {
  return Object.hasOwn(qualifiers, key) ? qualifiers[key] : undefined;
}

/** Types whose versions are digests of images. */
export const IMAGE_TYPES: ReadonlySet<string> = new Set(["oci", "docker"]);

/** The digest of an image reference that is written as a product: `name@sha256:…` or the digest alone. */
export function digestIn(id: string): string {
  return id.startsWith("pkg:") ? "" : id.slice(id.lastIndexOf("@") + 1).toLowerCase();
}

/** `sha-256:<hex>`, in lower case. */
export function hashesOf({ hashes }: Pick<VexComponent, "hashes">): readonly string[] {
  return Object.entries(hashes).map(([algorithm, hex]) => `${algorithm}:${hex}`.toLowerCase());
}

/** Whether what a statement names is this component of the artifact: by package URL, hash, or CPE. */
export function isComponent({ component, purls, cpes }: PreparedComponent, target: Target): boolean {
  const { purl } = target;
  if (purl !== undefined && purls.some((each) => matchesParsed(each, purl))) return true;
  if (target.hashes.size > 0 && hashesOf(component).some((hash) => target.hashes.has(hash))) return true;
  return cpes.some((cpe) => target.cpes.some((own) => matchesCpe(cpe, own)));
}

/** What a component that a statement names is looked up by; the target's own keys include one of them if they match. */
export function keysOfComponent({ component, purls, cpes }: PreparedComponent): readonly string[] {
  return [
    ...purls.map((purl) => packageKeysOf(purl)[purl.version === undefined ? "any" : "exact"]),
    ...cpes.map(cpeKeyOf),
    ...hashesOf(component),
  ];
}

/** What a component of the artifact is looked up by. */
export function keysOfTarget({ purl, cpes, hashes }: Target): readonly string[] {
  const keys = purl === undefined ? undefined : packageKeysOf(purl);
  return [...(keys === undefined ? [] : [keys.any, keys.exact]), ...cpes.map(cpeKeyOf), ...hashes];
}
