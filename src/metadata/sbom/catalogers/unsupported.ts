import type { NotLookedAt } from "../sbom.ts";
import { absolute, baseName } from "./cataloger.ts";
import { hasAtOrAbove, isFetched } from "./list-cataloger.ts";

/** Files that state components and that no cataloger reads yet. */
interface UnsupportedSource {
  /** What such a file holds, as the reason says it. */
  readonly what: string;
  /** What to do, so that amap can read it. */
  readonly advice?: string;
  /** File names in lower case. */
  readonly names?: readonly string[];
  /** Endings of file names in lower case. */
  readonly endings?: readonly string[];
  /** Paths without leading slash. */
  readonly paths?: RegExp;
  /** Whole paths, as `Cataloger.places`. */
  readonly places?: readonly string[];
  /** Files that state the same in a form that amap reads: where one is in the same folder or above, nothing is told. */
  readonly lockedBy?: readonly string[];
}

/** One row an ecosystem. When a cataloger for it lands, its row goes. */
const UNSUPPORTED_SOURCES: readonly UnsupportedSource[] = [
  {
    what: "a Flatpak application",
    places: ["app", "runtime"].map((kind) => `var/lib/flatpak/${kind}/*/*/*/*/metadata`),
  },
  {
    what: "the package database of another system, which begins in a folder below",
    paths:
      /^(?!usr\/lib\/apk\/).+\/(?:var\/lib\/dpkg\/status|lib\/apk\/db\/installed|(?:var\/lib\/rpm|usr\/share\/rpm|usr\/lib\/sysimage\/rpm)\/(?:rpmdb\.sqlite|Packages(?:\.db)?))$/,
    advice: "give amap that folder by itself",
  },
  {
    what: "a binary lock file of Bun",
    names: ["bun.lockb"],
    advice: "write bun.lock with `bun install --save-text-lockfile`, which it reads",
  },
  {
    what: "a manifest of Elixir's Mix",
    names: ["mix.exs"],
    lockedBy: ["mix.lock"],
    advice: "write mix.lock with `mix deps.get`, which it reads",
  },
  {
    what: "a recipe of Conan",
    names: ["conanfile.py"],
    lockedBy: ["conan.lock"],
    advice: "write conan.lock with `conan lock create`, which it reads",
  },
  {
    what: "a manifest of Crystal's shards",
    names: ["shard.yml"],
    lockedBy: ["shard.lock"],
    advice: "write shard.lock with `shards install`, which it reads",
  },
  {
    what: "a manifest of D's dub",
    names: ["dub.json", "dub.sdl"],
    lockedBy: ["dub.selections.json"],
    advice: "write dub.selections.json with `dub upgrade`, which it reads",
  },
  {
    what: "a manifest of PureScript's Spago",
    names: ["spago.yaml", "spago.dhall"],
    lockedBy: ["spago.lock"],
    advice: "write spago.lock with `spago install`, which it reads",
  },
  { what: "a manifest of Dep", names: ["gopkg.toml"], lockedBy: ["Gopkg.lock", "go.mod"] },
  {
    what: "a lock file of a Go tool before modules",
    names: ["glide.lock"],
    paths: /(?:^|\/)(?:Godeps\/Godeps|vendor\/vendor)\.json$/,
    lockedBy: ["go.mod"],
  },
  { what: "a manifest of Elm before 0.19", names: ["elm-package.json"], lockedBy: ["elm.json"] },
  { what: "a module of Bazel", names: ["module.bazel", "workspace.bazel"] },
  { what: "a build of Mill", names: ["build.sc", "build.mill"] },
  { what: "a build of Boot", names: ["build.boot"] },
  { what: "a manifest of Zig", names: ["build.zig.zon"] },
  { what: "a manifest of Haxe", names: ["haxelib.json"] },
];

const byName = new Map(UNSUPPORTED_SOURCES.flatMap((row) => (row.names ?? []).map((name) => [name, row] as const)));
const withEndings = UNSUPPORTED_SOURCES.filter((row) => row.endings !== undefined);
const withPaths = UNSUPPORTED_SOURCES.filter((row) => row.paths !== undefined);
const withPlaces = UNSUPPORTED_SOURCES.map(
  (row) => [row, (row.places ?? []).map((place) => place.split("/"))] as const,
);

const PLACE_BEGINNINGS = new Set(withPlaces.flatMap(([, places]) => places.map(([first = ""]) => first)));

/** All places of the table. */
export const UNSUPPORTED_PLACES: readonly string[] = UNSUPPORTED_SOURCES.flatMap((row) => row.places ?? []);

/** Whether a path's names are those of a place; `*` there stands for one name. */
function isAt(names: readonly string[], place: readonly string[]): boolean {
  return (
    names.length === place.length &&
    place.every((name, index) => name === names[index] || (name === "*" && names[index] !== ""))
  );
}

/** The row with a place that a path is at. Hardly any path begins as one of them does. */
function placedSourceOf(path: string): UnsupportedSource | undefined {
  if (!PLACE_BEGINNINGS.has(path.slice(0, path.indexOf("/")))) return undefined;
  const names = path.split("/");
  return withPlaces.find(([, places]) => places.some((place) => isAt(names, place)))?.[0];
}

/** The row that a path is of, or undefined. Manifests in what package managers fetched say how that was developed. */
export function unsupportedSourceOf(path: string): UnsupportedSource | undefined {
  const name = baseName(path).toLowerCase();
  const named = byName.get(name);
  return (
    (named === undefined || isFetched(path) ? undefined : named) ??
    withEndings.find((row) => row.endings?.some((ending) => name.endsWith(ending)) === true) ??
    withPaths.find((row) => row.paths?.test(path) === true) ??
    placedSourceOf(path)
  );
}

/**
 * What to say of files that no cataloger reads, and of archives whose entries nobody took out. `files` holds all paths
 * that are catalogued.
 */
export function noteUnsupported(
  paths: Iterable<string>,
  files: { has(path: string): boolean },
  isArchive: (path: string) => boolean,
): readonly NotLookedAt[] {
  const notes: NotLookedAt[] = [];
  for (const path of paths) {
    const row = unsupportedSourceOf(path);
    if (row?.lockedBy !== undefined && hasAtOrAbove(path, row.lockedBy, files)) continue;
    if (isArchive(path)) notes.push({ path: absolute(path), reason: "an archive that was not opened" });
    else if (row !== undefined) {
      const advice = row.advice === undefined ? "" : `; ${row.advice}`;
      notes.push({ path: absolute(path), reason: `${row.what}, which amap does not read yet${advice}` });
    }
  }
  return notes;
}
