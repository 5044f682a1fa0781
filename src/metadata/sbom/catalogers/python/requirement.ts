import type { PackageIdentity, StatedPackage } from "../package-list.ts";
import { toVcsUrl, withoutPassword } from "../package-list.ts";

/** One requirement of Python's packaging (PEP 508): `name[extra] >=1.0; marker` or `name @ address`. */
export interface Requirement {
  readonly name: string;
  /** Without white space: `>=1.0,<2`; empty where any version will do. */
  readonly specifier: string;
  readonly address?: string;
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/;
/** What a specifier may hold (PEP 440), so that templates and prose are none. */
const SPECIFIER = /^(?:[<>=!~]{1,3}[A-Za-z0-9.*+!_-]+(?:,|$))+$/;

/** A requirement, or undefined for other text. */
export function parseRequirement(text: string): Requirement | undefined {
  const trimmed = text.trim();
  const name = NAME.exec(trimmed.slice(0, 300))?.[0];
  if (name === undefined) return undefined;
  let rest = trimmed.slice(name.length).trimStart();
  if (rest.startsWith("[")) {
    const end = rest.indexOf("]");
    if (end === -1) return undefined;
    rest = rest.slice(end + 1).trimStart();
  }
  if (rest.startsWith("@")) {
    const address = rest.slice(1).trimStart().split(/\s/, 1)[0] ?? "";
    return address === "" ? undefined : { name, specifier: "", address: address.split(";", 1)[0] ?? "" };
  }
  const specifier = (rest.split(";", 1)[0] ?? "").replaceAll(/\s/g, "");
  const bare = specifier.startsWith("(") && specifier.endsWith(")") ? specifier.slice(1, -1) : specifier;
  if (bare.length > 1_000 || (bare !== "" && !SPECIFIER.test(bare))) return undefined;
  return { name, specifier: bare.endsWith(",") ? bare.slice(0, -1) : bare };
}

/** The version that a specifier leaves, where it leaves one. */
function exactVersion(specifier: string): string | undefined {
  return /^={2,3}([^,*]+)$/.exec(specifier)?.[1];
}

/** A name as package indexes compare it (PEP 503). */
export function normaliseName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

/** How a distribution of the package index is named. */
export function pythonIdentity(name: string, origin?: string): PackageIdentity {
  return {
    type: "pypi",
    name: normaliseName(name),
    ...(origin === undefined
      ? {}
      : { qualifiers: origin.startsWith("git+") ? { vcs_url: origin } : { download_url: origin } }),
  };
}

/** `git+https://host/repository.git@commit#egg=name` or the address of a file, as package URLs write it. */
export function originOfAddress(address: string): string | undefined {
  const plain = address.split("#", 1)[0] ?? "";
  if (!/^(?:git\+)?(?:https?|ssh|git|file):\/\//.test(plain) || plain.startsWith("file:")) return undefined;
  if (!plain.startsWith("git+")) return withoutPassword(plain);
  const at = plain.indexOf("@", Math.max(plain.indexOf("/", plain.indexOf("://") + 3), 0));
  return at === -1 ? toVcsUrl(plain, undefined) : toVcsUrl(plain.slice(0, at), plain.slice(at + 1));
}

/** What a requirement says of a package. */
export function toStatedPackage(
  { name, specifier, address }: Requirement,
  scope?: NonNullable<StatedPackage["scope"]>,
): StatedPackage {
  const version = exactVersion(specifier);
  const origin = address === undefined ? undefined : originOfAddress(address);
  const isElsewhere = address !== undefined && origin === undefined;
  return {
    name,
    ...(version === undefined ? (address === undefined ? { requirement: specifier } : {}) : { version }),
    ...(isElsewhere ? {} : { identity: pythonIdentity(name, origin) }),
    ...(scope === undefined ? {} : { scope }),
    keys: [normaliseName(name)],
  };
}
