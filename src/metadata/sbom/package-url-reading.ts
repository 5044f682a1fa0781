import { formatPackageUrl, type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { type Digest, isDigest } from "../../base/index.ts";
import type { Component } from "./sbom.ts";

/** The canonical form of a package URL; one that is malformed as it was written, so that nothing is lost. */
export function canonicalPackageUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const parsed = parsePackageUrl(text);
  if (!parsed.ok || (UNENCODED.test(text) && isAsWritten(text, parsed.value))) return text;
  const canonical = formatPackageUrl(parsed.value);
  // Most are canonical as they stand; the text that was put together again would take several times the memory.
  return canonical === text ? text : canonical;
}

/** Letters that no part encodes: type, namespace and name, then the version. Most package URLs have no others. */
const UNENCODED = /^pkg:[A-Za-z0-9._~:/-]+(?:@[A-Za-z0-9._~:-]+)?$/;

/** Whether normalising changed none of the parts of a text that needs no encoding. */
function isAsWritten(text: string, { type, namespace, name, version }: PackageUrl): boolean {
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  return text === (version === undefined ? `pkg:${type}/${path}` : `pkg:${type}/${path}@${version}`);
}

/**
 * The source package that a package URL states in syft's `upstream` qualifier: `name`, `name@version`, or for RPM the
 * source package's file name. SBOMs of other tools have it nowhere else.
 */
export function sourceFromPackageUrl(
  purl: string | undefined,
  version: string | undefined,
): Component["sourcePackage"] {
  if (purl === undefined || !/^pkg:(?:deb|apk|alpine|rpm)\//.test(purl)) return undefined;
  const parsed = parsePackageUrl(purl);
  if (!parsed.ok || !Object.hasOwn(parsed.value.qualifiers, "upstream")) return undefined;
  const upstream = parsed.value.qualifiers["upstream"] ?? "";
  const file = /^(.+)-([^-]+-[^-]+)\.src\.rpm$/.exec(upstream);
  if (file?.[1] !== undefined && file[2] !== undefined) return { name: file[1], version: file[2] };
  const at = upstream.lastIndexOf("@");
  const name = at <= 0 ? upstream : upstream.slice(0, at);
  const stated = at <= 0 ? (version ?? parsed.value.version) : upstream.slice(at + 1);
  return name === "" || !stated ? undefined : { name, version: stated };
}

/** What amap wrote down as the image's digest, or else the version that an image's package URL has. */
export function readSubjectDigest(stated: string | undefined, subject: Component): Digest | undefined {
  if (stated !== undefined && isDigest(stated)) return stated;
  if (subject.purl?.startsWith("pkg:oci/") !== true) return undefined;
  const parsed = parsePackageUrl(subject.purl);
  const version = parsed.ok ? (parsed.value.version ?? "") : "";
  return isDigest(version) ? version : undefined;
}
