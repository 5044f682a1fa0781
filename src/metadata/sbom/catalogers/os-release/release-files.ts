import type { OperatingSystem } from "../cataloger.ts";

/** A file by which a distribution names itself beside os-release, or did before there was os-release. */
export interface ReleaseFile {
  /** Without leading slash. */
  readonly path: string;
  /** What it says; undefined where it names no system that is known. */
  read(text: string): OperatingSystem | undefined;
}

/**
 * In the order in which they are asked: files of one distribution before those that its descendants have, too. Debian's
 * stands last, since Ubuntu has it with Debian's version.
 */
export const RELEASE_FILES: readonly ReleaseFile[] = [
  { path: "etc/alpine-release", read: readAlpine },
  { path: "etc/openwrt_release", read: readLsbRelease },
  { path: "etc/lsb-release", read: readLsbRelease },
  ...["almalinux", "rocky", "centos", "fedora", "oracle", "enterprise", "redhat", "system"].map((name) => ({
    path: `etc/${name}-release`,
    read: readRedHatRelease,
  })),
  { path: "etc/SuSE-release", read: readSuseRelease },
  { path: "etc/photon-release", read: (text) => readNumbered(text, "photon", /^VMware Photon\b/) },
  {
    path: "etc/azurelinux-release",
    read: (text) => readNumbered(text, "azurelinux", /^(?:Microsoft )?Azure ?Linux\b/i),
  },
  { path: "etc/mariner-release", read: (text) => readNumbered(text, "mariner", /^(?:CBL-)?Mariner\b/) },
  { path: "etc/gentoo-release", read: (text) => readNumbered(text, "gentoo", /^Gentoo\b/) },
  { path: "etc/slackware-version", read: (text) => readNumbered(text, "slackware", /^Slackware\b/) },
  // The file is empty: that it is there says all.
  { path: "etc/arch-release", read: () => ({ id: "arch", idLike: [] }) },
  { path: "etc/debian_version", read: readDebianVersion },
];

/** Names that Red Hat's descendants write before `release`, and their `ID` in os-release; the longer ones first. */
const RED_HAT_NAMES: readonly (readonly [start: string, id: string])[] = [
  ["AlmaLinux", "almalinux"],
  ["Rocky Linux", "rocky"],
  ["CentOS", "centos"],
  ["Fedora", "fedora"],
  ["Oracle Linux", "ol"],
  ["Enterprise Linux Enterprise Linux", "ol"],
  ["Amazon Linux", "amzn"],
  ["Red Hat", "rhel"],
];

/** The longest line that is looked at: the files are one line of a few words. */
const MAX_LINE = 256;

function firstLine(text: string): string {
  const line =
    text
      .slice(0, MAX_LINE * 4)
      .split("\n")
      .find((each) => each.trim() !== "") ?? "";
  return line.trim().slice(0, MAX_LINE);
}

/** `3.19.1`, or `3.20_alpha20240329` and `edge`-like names between releases. */
function readAlpine(text: string): OperatingSystem | undefined {
  const versionId = firstLine(text);
  return /^[0-9A-Za-z._-]+$/.test(versionId) ? { id: "alpine", versionId, idLike: [] } : undefined;
}

/** `12.5`; between releases the names of the next one, `trixie/sid`. */
function readDebianVersion(text: string): OperatingSystem | undefined {
  const line = firstLine(text);
  if (/^\d+(?:\.\d+)*$/.test(line)) return { id: "debian", versionId: line, idLike: [] };
  const codename = /^([a-z]+)(?:\/sid)?$/.exec(line)?.[1];
  return codename === undefined ? undefined : { id: "debian", codename, idLike: [] };
}

/** Assignments of a shell: `DISTRIB_ID=Ubuntu`, quoted either way. */
function readLsbRelease(text: string): OperatingSystem | undefined {
  const stated = (key: string): string | undefined => {
    const line = text.split("\n").find((each) => each.trimStart().startsWith(`${key}=`));
    return (
      line
        ?.slice(line.indexOf("=") + 1)
        .trim()
        .replace(/^(["'])(.*)\1$/, "$2")
        .trim() || undefined
    );
  };
  const id = stated("DISTRIB_ID")?.toLowerCase();
  if (id === undefined || !/^[a-z0-9._-]+$/.test(id)) return undefined;
  const versionId = stated("DISTRIB_RELEASE");
  const codename = stated("DISTRIB_CODENAME");
  const prettyName = stated("DISTRIB_DESCRIPTION");
  return {
    id,
    ...(versionId === undefined || versionId === "rolling" ? {} : { versionId }),
    ...(codename === undefined ? {} : { codename }),
    ...(prettyName === undefined ? {} : { prettyName }),
    idLike: [],
  };
}

/** `CentOS Linux release 7.6.1810 (Core)`. */
function readRedHatRelease(text: string): OperatingSystem | undefined {
  const line = firstLine(text);
  const id = RED_HAT_NAMES.find(([start]) => line.startsWith(start))?.[1];
  const versionId = / release (\d+(?:\.\d+)*)/.exec(line)?.[1];
  return id === undefined || versionId === undefined ? undefined : { id, versionId, prettyName: line, idLike: [] };
}

/** The name, then `VERSION = 11` and, for SUSE Linux Enterprise, `PATCHLEVEL = 4`. */
function readSuseRelease(text: string): OperatingSystem | undefined {
  const line = firstLine(text);
  const numberOf = (key: string): string | undefined =>
    new Map(
      text.split("\n").map((each) => {
        const [name = "", value = ""] = each.split("=");
        return [name.trim(), value.trim()] as const;
      }),
    ).get(key);
  const version = numberOf("VERSION");
  if (version === undefined || !/^\d+(?:\.\d+)*$/.test(version)) return undefined;
  if (/^openSUSE\b/i.test(line)) return { id: "opensuse", versionId: version, prettyName: line, idLike: ["suse"] };
  if (!line.startsWith("SUSE Linux Enterprise")) return undefined;
  const level = numberOf("PATCHLEVEL") ?? "0";
  const versionId = /^[1-9]\d*$/.test(level) && !version.includes(".") ? `${version}.${level}` : version;
  return { id: "sles", versionId, prettyName: line, idLike: ["suse"] };
}

/** A name with a version behind it: `VMware Photon OS 3.0`. */
function readNumbered(text: string, id: string, name: RegExp): OperatingSystem | undefined {
  const line = firstLine(text);
  const versionId = /\b(\d+(?:\.\d+)*)/.exec(line)?.[1];
  return !name.test(line) || versionId === undefined ? undefined : { id, versionId, prettyName: line, idLike: [] };
}
