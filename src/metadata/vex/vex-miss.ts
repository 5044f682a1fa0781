import { formatPackageUrl, type PackageUrl } from "../../artifact/index.ts";
import { isDigest } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { bareSerial, parseBomLink } from "./bom-link.ts";
import { nearSubcomponents } from "./near-parts.ts";
import {
  digestIn,
  hashesOf,
  IMAGE_TYPES,
  type PreparedComponent,
  type PreparedProduct,
  type PreparedSubject,
  type Target,
} from "./prepared-statements.ts";
import { differencesOf, type PurlDifference } from "./purl-matching.ts";
import { coversComponent } from "./subcomponent-index.ts";

/** Why a statement speaks of nothing here, for programs. */
export type VexMissReason =
  /** The artifact has no finding of this vulnerability. */
  | "vulnerability-not-found"
  /** It shares a name with a finding, and names another CVE. */
  | "other-vulnerability"
  /** It is dated in the future. */
  | "future"
  /** It names no product, and is no attestation about one. */
  | "no-product"
  /** Its product is one platform of this image, and the vulnerability was found on others. */
  | "other-platform"
  /** Its product is an image, and not this one. */
  | "other-image"
  /** Its product is another edition of the CycloneDX document, or another document. */
  | "other-document"
  /** A component of its name is there, and another part of the package URL differs. */
  | "other-component"
  /** Nothing of its name has the vulnerability here. */
  | "component-not-found"
  | "cpe"
  | "hash"
  /** Its product is in between, and a path to the component goes around it. */
  | "path-open"
  /** Its product is in between, and it leaves the finding open. */
  | "in-between"
  /** What it names cannot be matched with anything. */
  | "not-understood";

/** Why a statement speaks of nothing here: the nearest of what it names, and what is different there. */
export interface VexMiss {
  readonly reason: VexMissReason;
  /** The rest of a sentence about the statement. */
  readonly message: string;
  /** What the statement asks for, and what is there; where it is one value. */
  readonly expected?: string;
  readonly found?: string;
  /** What to write instead, if that is what its author meant. */
  readonly suggestion?: string;
}

/** What a statement may have meant. */
export interface MissFrame {
  readonly subject: PreparedSubject;
  /** Components with the vulnerability whose package has this name; a few are enough. */
  readonly named: (name: string) => readonly Target[];
  /** Some components with the vulnerability. */
  readonly some: readonly Target[];
  /** Whether what a statement names is part of the artifact, with the vulnerability or without. */
  readonly isPart: (named: PreparedComponent) => boolean;
  /** Set where no other name than this has components. */
  readonly onlyName?: string;
}

/** A miss, and how near it is to a match: 0 and more. */
interface RankedMiss extends VexMiss {
  readonly nearness: number;
}

/** Products of one statement that are compared to find the nearest; the first ones. */
const MAX_COMPARED = 200;
/** Nearer than anything that does not get the product right. */
const PRODUCT_FITS = 100;
const WEIGHTS: Readonly<Record<PurlDifference["part"], number>> = {
  type: 4,
  namespace: 3,
  name: 20,
  version: 2,
  qualifier: 1,
  subpath: 1,
};

/** Why none of a statement's products matches; the nearest of them is told. */
export function missOfProducts(products: readonly PreparedProduct[], frame: MissFrame): VexMiss {
  const misses = products.slice(0, MAX_COMPARED).map((product) => missOfProduct(product, frame));
  return withoutNearness(nearestOf(misses));
}

function nearestOf(misses: readonly RankedMiss[]): RankedMiss {
  return misses.reduce((nearest, miss) => (miss.nearness > nearest.nearness ? miss : nearest));
}

function withoutNearness({ reason, message, expected, found, suggestion }: RankedMiss): VexMiss {
  return withoutUndefined({ reason, message, expected, found, suggestion });
}

function missOfProduct(product: PreparedProduct, frame: MissFrame): RankedMiss {
  const { subcomponents, platforms } = product;
  const isPlatform = platforms.length > 0;
  if (isPlatform && frame.some.some((target) => coversComponent(product, target)))
    return missOfPlatform(product, frame);
  if (subcomponents.length > 0 && (product.isSubject || isPlatform || frame.isPart(product))) {
    const nearest = nearestOf(
      nearSubcomponents(product, frame.onlyName).map((each) => missOfComponent(each, frame, "subcomponent")),
    );
    const part = isPlatform ? "is one platform of this artifact" : "is part of it";
    const of = product.isSubject ? "its product is this artifact" : `its product ${nameOf(product)} ${part}`;
    return { ...nearest, message: `${of}, and ${nearest.message}`, nearness: nearest.nearness + PRODUCT_FITS };
  }
  const asSubject = missOfSubject(product, frame.subject);
  const asComponent = missOfComponent(product, frame, "product");
  return asSubject !== undefined && asSubject.nearness >= asComponent.nearness ? asSubject : asComponent;
}

/** A product that names a platform on which the vulnerability was not found. */
function missOfPlatform(product: PreparedProduct, { subject }: MissFrame): RankedMiss {
  const names = product.platforms.slice(0, 3).map((platform) => subject.platforms[platform]?.name ?? "");
  return {
    reason: "other-platform",
    message: `its product is the platform ${names.join(", ")} of this artifact, and the vulnerability was found on others`,
    expected: nameOf(product),
    nearness: PRODUCT_FITS + 50,
  };
}

/** How a product differs from the artifact; undefined where it looks like no image and like nothing the artifact is. */
function missOfSubject(product: PreparedProduct, subject: PreparedSubject): RankedMiss | undefined {
  const { component, purls } = product;
  const link = parseBomLink(component.id);
  if (link !== undefined) {
    const { bom } = subject;
    const here = bom === undefined ? undefined : `urn:cdx:${bareSerial(bom.serialNumber)}/${bom.version ?? 1}`;
    const expected = `urn:cdx:${link.serial}/${link.version}`;
    return {
      reason: "other-document",
      message: `its product is of the document ${expected}, ${
        here === undefined ? "and no CycloneDX document was given" : `the one given is ${here}`
      }${link.ref === undefined || here !== expected ? "" : ", and has no such reference"}`,
      expected,
      ...(here === undefined ? {} : { found: here }),
      nearness: 30,
    };
  }
  const named = purls.flatMap((purl) => missOfImage(purl, component.id, subject) ?? []);
  if (named.length > 0) return nearestOf(named);
  const digest = digestIn(component.id);
  const stated = isDigest(digest) ? digest : hashesOf(component)[0];
  if (stated === undefined || purls.length > 0) return undefined;
  return {
    reason: isDigest(digest) ? "other-image" : "hash",
    message: `its product is ${stated}, and ${listed("the artifact is", [...subject.digests])}`,
    expected: stated,
    ...foundOf([...subject.digests].join(", ")),
    nearness: 20,
  };
}

function missOfImage(purl: PackageUrl, id: string, subject: PreparedSubject): RankedMiss | undefined {
  const own = subject.purls
    .filter(({ type }) => type === purl.type || IMAGE_TYPES.has(type) === IMAGE_TYPES.has(purl.type))
    .map((each) => ({ each, differences: differencesOf(purl, each) }))
    .sort((a, b) => weigh(a.differences) - weigh(b.differences))[0];
  const isImage = IMAGE_TYPES.has(purl.type);
  if (own === undefined && !isImage) return undefined;
  const digest = /^(?:sha256:)+([0-9a-f]{64})$/.exec(purl.version ?? "")?.[1];
  if (isImage && digest !== undefined && purl.version !== `sha256:${digest}`)
    return misspeltDigest(purl, id, `sha256:${digest}`);
  if (isImage && purl.type === "oci" && purl.version !== undefined && !/^[a-z0-9]+:[0-9a-f]{32,}$/.test(purl.version))
    return misspeltTag(purl, id);
  if (own === undefined) {
    return {
      reason: "other-image",
      message: `its product is the image ${id}, and ${listed("what was scanned is", [...subject.digests], "no image that says what it is")}`,
      expected: id,
      ...foundOf([...subject.digests].join(", ")),
      nearness: 10,
    };
  }
  const [first] = own.differences;
  return {
    reason: isImage ? "other-image" : "other-component",
    message: `its product ${id} is not this artifact: ${wordsOf(own.differences)}`,
    ...valuesOf(first, own.differences.length),
    ...(own.each.name === purl.name ? { suggestion: suggest(purl, own.each, own.differences) } : {}),
    nearness: Math.max(12, 50 - weigh(own.differences)),
  };
}

function misspeltDigest(purl: PackageUrl, id: string, digest: string): RankedMiss {
  return {
    reason: "not-understood",
    message: `the version of its product ${id} is no digest: it says sha256: more than once`,
    ...(purl.version === undefined ? {} : { expected: purl.version }),
    suggestion: `write ${formatPackageUrl({ ...purl, version: digest })}`,
    nearness: 45,
  };
}

function misspeltTag(purl: PackageUrl, id: string): RankedMiss {
  const { version = "", ...rest } = purl;
  return {
    reason: "not-understood",
    message: `the version of its product ${id} is no digest, as that of an image must be`,
    expected: version,
    suggestion: `write the digest behind the @, or the tag as ${formatPackageUrl({ ...rest, qualifiers: { ...purl.qualifiers, tag: version } })}`,
    nearness: 45,
  };
}

/** How something that a statement names differs from the components with the vulnerability. */
function missOfComponent(named: PreparedComponent, frame: MissFrame, part: "product" | "subcomponent"): RankedMiss {
  const { component, purls, cpes } = named;
  const its = `its ${part} ${nameOf(named)}`;
  if (purls.length > 0) return nearestOf(purls.map((purl) => missOfPurl(purl, its, frame)));
  const [cpe] = cpes;
  if (cpe !== undefined) {
    const own = frame.some.flatMap((target) => target.cpes.map(({ text }) => text));
    const found = own.slice(0, 3).join(", ");
    return {
      reason: "cpe",
      message: `${its} covers no CPE of the components with the vulnerability (${found === "" ? "they have none" : found})`,
      expected: cpe.text,
      ...foundOf(found),
      nearness: 8,
    };
  }
  const [hash] = hashesOf(component);
  if (hash !== undefined) {
    return {
      reason: "hash",
      message: `${its} is known by its hash alone, and no component with the vulnerability has it`,
      expected: hash,
      nearness: 6,
    };
  }
  const subject = frame.subject.purls[0];
  return {
    reason: "not-understood",
    message: `${its} is no package URL, digest, CPE or BOM-Link, so that nothing matches it`,
    ...(component.id === "" ? {} : { expected: component.id }),
    ...(part === "product" && subject !== undefined ? { suggestion: `write ${formatPackageUrl(subject)}` } : {}),
    nearness: 5,
  };
}

function missOfPurl(purl: PackageUrl, its: string, frame: MissFrame): RankedMiss {
  const nearest = frame
    .named(purl.name)
    .flatMap(({ purl: own }) => (own === undefined ? [] : [{ own, differences: differencesOf(purl, own) }]))
    .sort((a, b) => weigh(a.differences) - weigh(b.differences))[0];
  if (nearest === undefined) {
    const isPart = frame.isPart({ component: { id: "", identifiers: {}, hashes: {} }, purls: [purl], cpes: [] });
    return {
      reason: "component-not-found",
      message: `${its} is ${isPart ? "part of the artifact, and not" : "not"} among the components with the vulnerability`,
      expected: formatPackageUrl(purl),
      ...foundOf(
        frame.some
          .slice(0, 3)
          .map(({ text }) => text)
          .join(", "),
      ),
      nearness: 4,
    };
  }
  const { own, differences } = nearest;
  return {
    reason: "other-component",
    message: `${its} is not ${formatPackageUrl(own)}: ${wordsOf(differences)}`,
    ...valuesOf(differences[0], differences.length),
    suggestion: suggest(purl, own, differences),
    nearness: 50 - weigh(differences),
  };
}

function weigh(differences: readonly PurlDifference[]): number {
  return differences.reduce((sum, { part }) => sum + WEIGHTS[part], 0);
}

/** `the version is "2", and "1" is asked for`. */
function wordsOf(differences: readonly PurlDifference[]): string {
  return differences
    .map(({ part, key, expected, found }) => {
      const what = part === "qualifier" ? `qualifier ${key ?? ""}` : part;
      const here = found === undefined ? `there is no ${what}` : `the ${what} is "${found}"`;
      return `${here}, and ${expected === undefined ? "none" : `"${expected}"`} is asked for`;
    })
    .join("; ");
}

function valuesOf(first: PurlDifference | undefined, count: number): { expected?: string; found?: string } {
  if (first === undefined || count !== 1) return {};
  const { expected, found } = first;
  return { ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }) };
}

function foundOf(text: string): { found?: string } {
  return text === "" ? {} : { found: text };
}

function listed(
  words: string,
  values: readonly string[],
  otherwise = "it is not known what the artifact's digest is",
): string {
  return values.length === 0 ? otherwise : `${words} ${values.join(", ")}`;
}

function nameOf({ component: { id, identifiers } }: PreparedComponent): string {
  return id === "" ? (Object.values(identifiers)[0] ?? "without a name") : id;
}

/** What the pattern would have to be. Another version is another statement, which its author has to look into. */
function suggest(pattern: PackageUrl, own: PackageUrl, differences: readonly PurlDifference[]): string {
  const keys = new Set(
    differences.flatMap(({ part, key }) => (part === "qualifier" && key !== undefined ? [key] : [])),
  );
  const kept = Object.entries(pattern.qualifiers).filter(([key]) => !keys.has(key));
  const hasOther = (part: PurlDifference["part"]): boolean => differences.some((each) => each.part === part);
  const { version = "", namespace = "", type, name } = own;
  const written = formatPackageUrl({
    type,
    name,
    ...(namespace === "" ? {} : { namespace }),
    ...(pattern.version === undefined || version === "" ? {} : { version }),
    ...(own.subpath === undefined || !hasOther("subpath") ? {} : { subpath: own.subpath }),
    qualifiers: Object.fromEntries(kept),
  });
  return hasOther("version") ? `write ${written}, if it holds for that one` : `write ${written}`;
}
