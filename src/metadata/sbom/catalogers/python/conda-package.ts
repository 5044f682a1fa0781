import type { PackageIdentity } from "../package-list.ts";
import { withoutPassword } from "../package-list.ts";

/** A package of conda, as the address of its archive names it. */
export interface CondaArchive {
  readonly name: string;
  readonly version: string;
  readonly identity: PackageIdentity;
}

/** `https://HOST/CHANNEL/PLATFORM/NAME-VERSION-BUILD.conda`: neither version nor build holds a hyphen. */
const ARCHIVE = /^(?:(.{1,1000})\/)?([^/]{1,60})\/([^/]{1,300})-([^/-]{1,200})-([^/-]{1,200})\.(conda|tar\.bz2)$/;

/** What the address of an archive says; undefined for other addresses. */
export function readCondaAddress(address: string): CondaArchive | undefined {
  const [, server = "", subdir = "", name, version, build = "", type = ""] =
    ARCHIVE.exec(withoutPassword(address.split("#", 1)[0] ?? "")) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const channel = condaChannelOf(server);
  return {
    name,
    version,
    identity: {
      type: "conda",
      name,
      qualifiers: { build, subdir, type, ...(channel === "" ? {} : { channel }) },
    },
  };
}

/** `https://repo.anaconda.com/pkgs/main/linux-64` and `conda-forge` are the channels main and conda-forge. */
export function condaChannelOf(channel: string): string {
  const segments = channel
    .replace(/^https?:\/\//, "")
    .split("/")
    .filter((segment) => segment !== "");
  const last = segments.at(-1) ?? "";
  const isPlatform = segments.length > 1 && /^(?:noarch|(?:linux|osx|win)-[a-z0-9_]+)$/.test(last);
  return (isPlatform ? segments.at(-2) : last) ?? "";
}

/** The name at the beginning of `name >=1.0,<2 build`. */
export function condaNameOf(need: string): string {
  return need.split(/[\s<>=!~[]/, 1)[0] ?? "";
}
