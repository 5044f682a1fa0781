import { epochOf, type StatedRpm, stated } from "./package.ts";

/** Lines of a manifest, and how many of them say something else than a package. */
export interface ReadManifest {
  readonly packages: readonly StatedRpm[];
  readonly malformedLines: number;
}

/**
 * Reads the list of packages that images without rpm keep (`container-manifest-2`): one a line, its parts with tabs
 * between: name, version and release, two times, vendor, epoch, size, architecture, epoch again, source package.
 */
export function readDetailedManifest(text: string): ReadManifest {
  return readLines(text, (line) => {
    const [name = "", built = "", , , vendor, , , architecture, epoch, sourceFile] = line.split("\t");
    const dash = built.lastIndexOf("-");
    if (name === "" || dash <= 0) return undefined;
    return {
      name,
      version: built.slice(0, dash),
      release: built.slice(dash + 1),
      ...epochOf(/^\d{1,10}$/.test(epoch ?? "") ? Number(epoch) : undefined),
      ...stated("architecture", architecture),
      ...stated("sourceFile", sourceFile),
      ...stated("vendor", vendor),
      hashes: [],
    };
  });
}

/** Reads the shorter list (`container-manifest-1`): `name-version-release.architecture` a line, as `rpm -qa` prints. */
export function readShortManifest(text: string): ReadManifest {
  return readLines(text, (line) => {
    const dot = line.lastIndexOf(".");
    const releaseAt = line.lastIndexOf("-", dot);
    const versionAt = line.lastIndexOf("-", releaseAt - 1);
    if (versionAt <= 0 || releaseAt <= versionAt + 1 || dot <= releaseAt + 1) return undefined;
    return {
      name: line.slice(0, versionAt),
      version: line.slice(versionAt + 1, releaseAt),
      release: line.slice(releaseAt + 1, dot),
      ...stated("architecture", line.slice(dot + 1)),
      hashes: [],
    };
  });
}

function readLines(text: string, read: (line: string) => StatedRpm | undefined): ReadManifest {
  const packages: StatedRpm[] = [];
  let malformedLines = 0;
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    if (line === "") continue;
    const found = read(line);
    if (found === undefined) malformedLines += 1;
    else packages.push(found);
  }
  return { packages, malformedLines };
}
