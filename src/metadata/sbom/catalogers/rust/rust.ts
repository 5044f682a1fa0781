import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { readLicenses } from "../../licenses.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readTomlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";

/** Cargo.lock of version 1 to 4. */
const cargoLock: PackageListFormat = {
  id: "rust/cargolock",
  names: ["Cargo.lock"],
  read: readCargoLock,
};

function readCargoLock({ bytes }: ListFile): PackageList {
  const lock = readTomlObject(bytes);
  // Version 1 keeps the checksums apart, and the project in a table of its own.
  const checksums = objectMember(lock, "metadata");
  const root = memberOf(lock, "root");
  const entries = [...(root === undefined ? [] : [root]), ...listMember(lock, "package")];
  return { packages: entries.flatMap((entry) => lockedCrate(entry, checksums)) };
}

function lockedCrate(entry: Value, checksums: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  const version = textMember(entry, "version");
  if (name === undefined || version === undefined) return [];
  const source = textMember(entry, "source");
  const full = `${name} ${version} (${source ?? ""})`;
  return [
    {
      name,
      version,
      // A crate without a source is a folder of the workspace.
      ...(source === undefined ? { isProject: true as const } : { identity: crateIdentity(name, source) }),
      hashes: readHexHash("sha256", textMember(entry, "checksum") ?? textMember(checksums, `checksum ${full}`)),
      keys: [name, `${name} ${version}`, full],
      needs: textsMember(entry, "dependencies"),
    },
  ];
}

const CRATES_IO =
  /^(?:registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index|sparse\+https:\/\/index\.crates\.io)/;

function crateIdentity(name: string, source: string): PackageIdentity {
  if (CRATES_IO.test(source)) return { type: "cargo", name };
  if (source.startsWith("git+")) {
    const [address = "", commit] = source.split("#", 2);
    return { type: "cargo", name, qualifiers: { vcs_url: toVcsUrl(address.split("?", 1)[0] ?? "", commit) } };
  }
  return { type: "cargo", name, qualifiers: { repository_url: source.replace(/^(?:registry|sparse)\+/, "") } };
}

/** Cargo.toml: a package with the ranges that it asks for, or a workspace. */
const cargoToml: PackageListFormat = {
  id: "rust/cargotoml",
  names: ["Cargo.toml"],
  lockedBy: { names: ["Cargo.lock"], isAbove: true },
  read: readCargoToml,
};

function readCargoToml({ bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  const targets = Object.values(objectMember(manifest, "target"));
  const tables = [manifest, ...targets];
  const packages = [
    ...tables.flatMap((table) => askedCrates(table, "dependencies", "production")),
    ...tables.flatMap((table) => askedCrates(table, "build-dependencies", "development")),
    ...tables.flatMap((table) => askedCrates(table, "dev-dependencies", "development")),
    ...askedCrates(objectMember(manifest, "workspace"), "dependencies", "production"),
  ];
  const project = objectMember(manifest, "package");
  const name = textMember(project, "name");
  if (name === undefined) return { packages };
  const root: StatedPackage = {
    name,
    ...optional("version", textMember(project, "version")),
    licenses: readLicenses((textMember(project, "license") ?? "").replaceAll("/", " OR ")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [root, ...packages] };
}

function askedCrates(
  table: Value,
  member: string,
  scope: NonNullable<StatedPackage["scope"]>,
): readonly StatedPackage[] {
  return Object.entries(objectMember(table, member)).flatMap(([name, value]) => askedCrate(name, value, scope));
}

const TEXTS = ["version", "git", "rev", "tag", "branch", "path", "registry", "package"];

function askedCrate(key: string, value: Value, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] {
  if (typeof value !== "string" && !isValueObject(value))
    throw invalidFile(`the dependency ${key} is not a version or a table`);
  const wrong = TEXTS.find(
    (member) => memberOf(value, member) !== undefined && typeof memberOf(value, member) !== "string",
  );
  if (wrong !== undefined) throw invalidFile(`${wrong} of the dependency ${key} is not a text`);
  // What the workspace says is listed there.
  if (memberOf(value, "workspace") === true) return [];
  const range = typeof value === "string" ? value : textMember(value, "version");
  const repository = textMember(value, "git");
  if (range === undefined && repository === undefined) return [];
  const name = textMember(value, "package") ?? key;
  const exact = /^=\s*(\d+\.\d+\.\d+[A-Za-z0-9.+-]*)$/.exec(range ?? "")?.[1];
  const commit = textMember(value, "rev") ?? textMember(value, "tag") ?? textMember(value, "branch");
  return [
    {
      name,
      ...(exact !== undefined ? { version: exact } : range === undefined ? {} : { requirement: range }),
      identity: {
        type: "cargo",
        name,
        ...(repository === undefined ? {} : { qualifiers: { vcs_url: toVcsUrl(repository, commit) } }),
      },
      scope: memberOf(value, "optional") === true ? "optional" : scope,
    },
  ];
}

/** Formats of Cargo. */
export const RUST_FORMATS: readonly PackageListFormat[] = [cargoLock, cargoToml];

/** Rust crates as Cargo locks them and asks for them. */
export const rustCataloger = createListCataloger({
  id: "rust",
  ecosystem: "cargo",
  note: "Reads Cargo.lock (version 1 to 4: versions, checksums, dependencies, git sources) and, where no lock file is in the folder or above it, Cargo.toml. Crates without a source are the workspace's own: applications without a package URL. Of a range no version is made. A lock file does not say which crates are for development only, so all of them are listed as needed. Does not read what cargo-auditable keeps in binaries.",
  formats: RUST_FORMATS,
});
