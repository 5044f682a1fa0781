import type { NotLookedAt } from "../sbom.ts";
import { absolute, baseName } from "./cataloger.ts";

/** Files that state components and that no cataloger reads yet. */
interface UnsupportedSource {
  /** What such a file holds, as the reason says it. */
  readonly what: string;
  /** File names in lower case. */
  readonly names?: readonly string[];
  /** Endings of file names in lower case. */
  readonly endings?: readonly string[];
  /** Paths without leading slash. */
  readonly paths?: RegExp;
  /** Whole paths, as `Cataloger.places`. */
  readonly places?: readonly string[];
}

/** One row an ecosystem. When a cataloger for it lands, its row goes. */
const UNSUPPORTED_SOURCES: readonly UnsupportedSource[] = [
  {
    what: "an RPM package database",
    places: [
      ...["var/lib/rpm", "usr/lib/sysimage/rpm"].flatMap((folder) =>
        ["Packages", "Packages.db", "rpmdb.sqlite"].map((name) => `${folder}/${name}`),
      ),
      "var/lib/rpmmanifest/container-manifest-1",
      "var/lib/rpmmanifest/container-manifest-2",
    ],
  },
  { what: "a pacman package database", places: ["var/lib/pacman/local/*/desc"] },
  { what: "an opkg package database", places: ["usr/lib/opkg/status"] },
  { what: "a Nix store's database", places: ["nix/var/nix/db/db.sqlite"] },
  { what: "a binary lock file of Bun", names: ["bun.lockb"] },
  {
    what: "an installed Python package",
    paths: /\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/,
    endings: [".whl", ".egg"],
  },
  { what: "a Java archive", endings: [".jar", ".war", ".ear", ".jpi", ".hpi"] },
  { what: "an installed Ruby gem", paths: /(?:^|\/)specifications\/(?:[^/]+\/)*[^/]+\.gemspec$/ },
];

const byName = new Map(UNSUPPORTED_SOURCES.flatMap((row) => (row.names ?? []).map((name) => [name, row] as const)));
const withEndings = UNSUPPORTED_SOURCES.filter((row) => row.endings !== undefined);
const withPaths = UNSUPPORTED_SOURCES.filter((row) => row.paths !== undefined);
const withPlaces = UNSUPPORTED_SOURCES.map(
  (row) => [row, (row.places ?? []).map((place) => place.split("/"))] as const,
);

/** All places of the table. */
export const UNSUPPORTED_PLACES: readonly string[] = UNSUPPORTED_SOURCES.flatMap((row) => row.places ?? []);

/** Whether a path is at a place; `*` there stands for one name. */
function isAt(path: string, place: readonly string[]): boolean {
  const names = path.split("/");
  return (
    names.length === place.length &&
    place.every((name, index) => name === names[index] || (name === "*" && names[index] !== ""))
  );
}

/** The row that a path is of, or undefined. */
export function unsupportedSourceOf(path: string): UnsupportedSource | undefined {
  const name = baseName(path).toLowerCase();
  return (
    byName.get(name) ??
    withEndings.find((row) => row.endings?.some((ending) => name.endsWith(ending)) === true) ??
    withPaths.find((row) => row.paths?.test(path) === true) ??
    withPlaces.find(([, places]) => places.some((place) => isAt(path, place)))?.[0]
  );
}

/** What to say of files that no cataloger reads. */
export function noteUnsupported(paths: Iterable<string>): readonly NotLookedAt[] {
  const notes: NotLookedAt[] = [];
  for (const path of paths) {
    const row = unsupportedSourceOf(path);
    if (row !== undefined) notes.push({ path: absolute(path), reason: `${row.what}, which amap does not read yet` });
  }
  return notes;
}
