import type { Component, ComponentHash } from "../../sbom.ts";
import { absolute, distributionOf, type OperatingSystem, toPackageUrl } from "../cataloger.ts";
import { type RpmHeader, TAGS } from "./header.ts";
import { readRpmLicenses } from "./license.ts";

/** What a database or manifest states of one installed package. */
export interface StatedRpm {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  /** Left out where it is 0, which is what no epoch means. */
  readonly epoch?: number;
  readonly architecture?: string;
  /** File name of the source package: `bash-5.1.8-1.cm2.src.rpm`. */
  readonly sourceFile?: string;
  readonly vendor?: string;
  readonly license?: string;
  /** The module that it was built for: `nodejs:18:8090020230718:8632d3e8`. */
  readonly modularity?: string;
  readonly hashes: readonly ComponentHash[];
}

/** Keys that rpm keeps in its database as if they were packages. */
const PUBLIC_KEY = "gpg-pubkey";

/** Whether a name is no package's. */
export function isPublicKey(name: string): boolean {
  return name === PUBLIC_KEY;
}

/**
 * What a header states; undefined where it has no name or no version.
 * @throws {AmapError} PACKAGE_DATABASE_INVALID for values that do not fit the header
 */
export function readPackage(header: RpmHeader): StatedRpm | undefined {
  const name = header.text(TAGS.name);
  const version = header.text(TAGS.version);
  if (!name || !version) return undefined;
  return {
    name,
    version,
    release: header.text(TAGS.release) ?? "",
    ...epochOf(header.numbers(TAGS.epoch)[0]),
    ...stated("architecture", header.text(TAGS.architecture)),
    ...stated("sourceFile", header.text(TAGS.sourceFile)),
    ...stated("vendor", header.text(TAGS.vendor)),
    ...stated("license", header.text(TAGS.license)),
    ...stated("modularity", header.text(TAGS.modularity)),
    hashes: readHashes(header),
  };
}

/** A member where a text is stated; rpm prints `(none)` for what is not. */
export function stated<K extends string>(key: K, text: string | undefined): Partial<Record<K, string>> {
  return text === undefined || text === "" || text === "(none)" ? {} : ({ [key]: text } as Record<K, string>);
}

/** The epoch as a member; 0 is no epoch. */
export function epochOf(epoch: number | undefined): { readonly epoch?: number } {
  return epoch === undefined || epoch === 0 ? {} : { epoch };
}

function readHashes(header: RpmHeader): readonly ComponentHash[] {
  const sha256 = header.text(TAGS.sha256Header) ?? "";
  if (/^[0-9a-f]{64}$/.test(sha256)) return [{ algorithm: "SHA-256", value: sha256 }];
  const sha1 = header.text(TAGS.sha1Header) ?? "";
  return /^[0-9a-f]{40}$/.test(sha1) ? [{ algorithm: "SHA-1", value: sha1 }] : [];
}

/** A component as syft names it: the epoch stands in the version, and as a qualifier in the package URL. */
export function toComponent(rpm: StatedRpm, path: string, system: OperatingSystem | undefined): Component {
  const { name, epoch, architecture, sourceFile, vendor, license } = rpm;
  const built = rpm.release === "" ? rpm.version : `${rpm.version}-${rpm.release}`;
  const version = epoch === undefined ? built : `${epoch}:${built}`;
  const purl = toPackageUrl({
    type: "rpm",
    ...namespaceOf(system),
    name,
    version: built,
    qualifiers: qualifiersOf(rpm, system),
  });
  return {
    ref: purl ?? `rpm:${name}@${version}:${architecture ?? ""}`,
    kind: "library",
    name,
    version,
    ...(purl === undefined ? {} : { purl }),
    licenses: readRpmLicenses(license ?? ""),
    hashes: rpm.hashes,
    ...(vendor === undefined ? {} : { supplier: vendor }),
    locations: [absolute(path)],
    sourcePackage: sourceOf(sourceFile, name, built),
    scope: "production",
  };
}

/** Namespaces that syft and Trivy write otherwise than os-release names the distribution. */
function namespaceOf(system: OperatingSystem | undefined): { readonly namespace?: string } {
  if (system === undefined) return {};
  if (system.id === "rhel") return { namespace: "redhat" };
  return { namespace: system.id.startsWith("opensuse") ? "opensuse" : system.id };
}

function qualifiersOf(rpm: StatedRpm, system: OperatingSystem | undefined): Readonly<Record<string, string>> {
  const { distro } = distributionOf(system, "");
  return {
    arch: rpm.architecture ?? "",
    epoch: rpm.epoch === undefined ? "" : String(rpm.epoch),
    ...(distro === undefined ? {} : { distro }),
    upstream: rpm.sourceFile ?? "",
    rpmmod: rpm.modularity ?? "",
  };
}

/** Name and version of the source package by its file's name; a package that states none is its own source. */
function sourceOf(
  file: string | undefined,
  name: string,
  version: string,
): { readonly name: string; readonly version: string } {
  const match = /^(.+)-([^-]+-[^-]+?)[.-](?:no)?src\.rpm$/.exec(file ?? "");
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}
