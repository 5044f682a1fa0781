import type { Component } from "../../sbom.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  decodeDatabaseText,
  type OperatingSystem,
  ResultBuilder,
} from "../cataloger.ts";
import { RELEASE_FILES } from "./release-files.ts";

/**
 * In the order of os-release(5): the first that is there counts. Bottlerocket keeps what its containers see below the
 * folder of its toolchain.
 */
const PATHS = [
  "etc/os-release",
  "usr/lib/os-release",
  "x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
  "aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
];
const ALL_PATHS = [...PATHS, ...RELEASE_FILES.map(({ path }) => path)];

/** Finds which operating system an image is of. */
export const osReleaseCataloger: Cataloger = {
  id: "os-release",
  ecosystem: "operating system",
  note: "Reads etc/os-release, or else usr/lib/os-release (or Bottlerocket's): ID, VERSION_ID, VERSION_CODENAME, PRETTY_NAME, ID_LIKE. Where there is none, or it states no ID or no version, the files that distributions have beside it: alpine-release, lsb-release, openwrt_release, redhat-release and those of Red Hat's descendants, system-release, SuSE-release, photon-release, mariner-release, azurelinux-release, gentoo-release, slackware-version, arch-release, debian_version. Does not read whether a distribution's extended support is switched on (Ubuntu Pro).",
  wants: (path) => ALL_PATHS.includes(path),
  places: ALL_PATHS,
  read: readOsRelease,
};

interface StatedSystem {
  readonly system: OperatingSystem;
  readonly path: string;
}

function readOsRelease(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  const stated = readStated(files, builder);
  const older = RELEASE_FILES.flatMap((file): readonly StatedSystem[] => {
    const bytes = files.get(file.path);
    const system = bytes === undefined ? undefined : file.read(decodeDatabaseText(bytes));
    return system === undefined ? [] : [{ system, path: file.path }];
  });
  const [first] = older;
  if (stated === undefined) return first === undefined ? builder.finish() : finish(builder, first.system, [first.path]);
  // A rolling release states no version; where the distribution's own file does, it is that of this system.
  const beside = older.find(({ system }) => system.id === stated.system.id);
  return stated.system.versionId !== undefined || beside?.system.versionId === undefined
    ? finish(builder, stated.system, [stated.path])
    : finish(builder, { ...beside.system, ...stated.system }, [stated.path, beside.path]);
}

function readStated(files: CatalogFiles, builder: ResultBuilder): StatedSystem | undefined {
  for (const path of PATHS) {
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    const system = parseOsRelease(decodeDatabaseText(bytes));
    if (system !== undefined) return { system, path };
    builder.addNotLookedAt(path, "it states no ID, so it does not say which operating system this is");
  }
  return undefined;
}

function finish(builder: ResultBuilder, system: OperatingSystem, paths: readonly string[]): CatalogerResult {
  builder.components.push(toComponent(system, paths));
  return builder.finish(system);
}

function toComponent(system: OperatingSystem, paths: readonly string[]): Component {
  const release = system.versionId ?? system.codename;
  return {
    ref: `os:${system.id}${release === undefined ? "" : `@${release}`}`,
    kind: "operating-system",
    name: system.id,
    ...(release === undefined ? {} : { version: release }),
    licenses: [],
    hashes: [],
    locations: paths.map(absolute).sort(),
    scope: "production",
  };
}

/** Reads os-release text; undefined where it names no `ID`. A line that is not an assignment is skipped, as shells do. */
export function parseOsRelease(text: string): OperatingSystem | undefined {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trimEnd());
    if (match?.[1] !== undefined) values.set(match[1], unquote(match[2] ?? ""));
  }
  const id = values.get("ID")?.toLowerCase();
  if (id === undefined || !/^[a-z0-9._-]+$/.test(id)) return undefined;
  const stated = (key: string): string | undefined => values.get(key) || undefined;
  const versionId = stated("VERSION_ID");
  const codename = stated("VERSION_CODENAME");
  const prettyName = stated("PRETTY_NAME");
  return {
    id,
    ...(versionId === undefined ? {} : { versionId }),
    ...(codename === undefined ? {} : { codename }),
    ...(prettyName === undefined ? {} : { prettyName }),
    idLike: (stated("ID_LIKE") ?? "").split(/\s+/).filter((word) => word !== ""),
  };
}

/** Shell quoting as os-release(5) allows it: one quoted or bare word, backslash escapes inside double quotes. */
function unquote(value: string): string {
  const trimmed = value.trim();
  const quote = trimmed[0];
  if (trimmed.length < 2 || trimmed.at(-1) !== quote) return trimmed;
  if (quote === "'") return trimmed.slice(1, -1);
  return quote === '"' ? trimmed.slice(1, -1).replace(/\\([$"\\`])/g, "$1") : trimmed;
}
