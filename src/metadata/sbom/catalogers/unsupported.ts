import type { NotLookedAt } from "../sbom.ts";
import { absolute, baseName } from "./cataloger.ts";

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

/** The row that a path is of, or undefined. */
export function unsupportedSourceOf(path: string): UnsupportedSource | undefined {
  const name = baseName(path).toLowerCase();
  return (
    byName.get(name) ??
    withEndings.find((row) => row.endings?.some((ending) => name.endsWith(ending)) === true) ??
    withPaths.find((row) => row.paths?.test(path) === true) ??
    placedSourceOf(path)
  );
}

/** What to say of files that no cataloger reads, and of archives whose entries nobody took out. */
export function noteUnsupported(paths: Iterable<string>, isArchive: (path: string) => boolean): readonly NotLookedAt[] {
  const notes: NotLookedAt[] = [];
  for (const path of paths) {
    const row = unsupportedSourceOf(path);
    if (isArchive(path)) notes.push({ path: absolute(path), reason: "an archive that was not opened" });
    else if (row !== undefined) {
      const advice = row.advice === undefined ? "" : `; ${row.advice}`;
      notes.push({ path: absolute(path), reason: `${row.what}, which amap does not read yet${advice}` });
    }
  }
  return notes;
}
