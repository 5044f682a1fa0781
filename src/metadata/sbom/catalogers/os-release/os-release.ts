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

/** In the order of os-release(5): the first that is there counts. */
const PATHS = ["etc/os-release", "usr/lib/os-release"];

/** Finds which operating system an image is of. */
export const osReleaseCataloger: Cataloger = {
  id: "os-release",
  ecosystem: "operating system",
  note: "Reads etc/os-release, or else usr/lib/os-release: ID, VERSION_ID, VERSION_CODENAME, PRETTY_NAME, ID_LIKE. Does not read older files (redhat-release, lsb-release, debian_version).",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readOsRelease,
};

function readOsRelease(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  for (const path of PATHS) {
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    const system = parseOsRelease(decodeDatabaseText(bytes));
    if (system === undefined) {
      builder.addNotLookedAt(path, "it states no ID, so the operating system is not known");
      continue;
    }
    builder.components.push(toComponent(system, path));
    return builder.finish(system);
  }
  return builder.finish();
}

function toComponent(system: OperatingSystem, path: string): Component {
  const release = system.versionId ?? system.codename;
  return {
    ref: `os:${system.id}${release === undefined ? "" : `@${release}`}`,
    kind: "operating-system",
    name: system.id,
    ...(release === undefined ? {} : { version: release }),
    licenses: [],
    hashes: [],
    locations: [absolute(path)],
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
