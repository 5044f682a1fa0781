import { inflateZlib, isAmapError, memberOf, type Value } from "../../../../base/index.ts";
import { type Cataloger, type CatalogerResult, ResultBuilder } from "../cataloger.ts";
import { addLinkedPackages, type LinkedPackage } from "../found-package.ts";
import { listMember, type PackageIdentity, readJsonObject, textMember } from "../package-list.ts";
import { bytesOfSection, readPrograms } from "./sections.ts";

/** What the list of crates in a program may unpack to (cargo-auditable's own reader: 8 MiB). */
const MOST_BYTES = 8 * 1024 * 1024;

/** Programs of Rust. */
export const rustProgramCataloger: Cataloger = {
  id: "rust-program",
  ecosystem: "cargo",
  note: "Reads the list of crates that cargo-auditable puts into programs and libraries (section .dep-v0 of ELF, Mach-O and PE): versions and what each crate needs; the root is an application; crates that only build scripts need are for development only. Which repository a crate of git came from is not stated. Does not find crates in programs that were built without cargo-auditable.",
  wants: () => false,
  read: () => new ResultBuilder().finish(),
  readProgram: (path, bytes) => {
    for (const program of readPrograms(bytes)) {
      const section = program.sections.find(({ name }) => name === ".dep-v0");
      if (section !== undefined) return readAuditData(path, bytesOfSection(bytes, section));
    }
    return undefined;
  },
};

function readAuditData(path: string, compressed: Uint8Array): CatalogerResult {
  const builder = new ResultBuilder();
  try {
    const json = inflateZlib(compressed, MOST_BYTES);
    addLinkedPackages(linkCrates(path, listMember(readJsonObject(json), "packages")), builder);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    builder.addNotLookedAt(path, `the list of its crates is not readable: ${error.message}`);
  }
  return builder.finish();
}

/** Crates name what they need by its place in the list. */
function linkCrates(path: string, packages: readonly Value[]): readonly LinkedPackage[] {
  return packages.flatMap((entry, index) => {
    const name = textMember(entry, "name");
    const version = textMember(entry, "version");
    if (name === undefined || version === undefined) return [];
    const isRoot = memberOf(entry, "root") === true;
    return [
      {
        key: String(index),
        place: path,
        needs: listMember(entry, "dependencies").map(String),
        found: {
          name,
          version,
          identity: crateIdentity(name, textMember(entry, "source")),
          ...(isRoot ? { kind: "application" as const } : {}),
          ...(memberOf(entry, "kind") === "build" ? { scope: "development" as const } : {}),
          locations: [path],
        },
      },
    ];
  });
}

/** The list says the kind of a source, not its address; a folder of the project's own is nobody else's. */
function crateIdentity(name: string, source: string | undefined): PackageIdentity | undefined {
  return source === "local" ? undefined : { type: "cargo", name };
}
