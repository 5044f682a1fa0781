import { AmapError, type ErrorCode, isAmapError, readSqliteTable } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import {
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogFiles,
  decodeDatabaseText,
  ResultBuilder,
} from "../cataloger.ts";
import { addInstalled, type InstalledPackage } from "../providers.ts";
import { readBerkeleyDb } from "./berkeley-db.ts";
import { neededPaths, providedPaths, readNeeds, readProvides } from "./dependencies.ts";
import { openHeader } from "./header.ts";
import { type ReadManifest, readDetailedManifest, readShortManifest } from "./manifest.ts";
import { readNdb } from "./ndb.ts";
import { isPublicKey, readPackage, toComponent } from "./package.ts";

/** One of the forms that rpm's database has had. */
interface DatabaseForm {
  readonly name: string;
  readBlobs(bytes: Uint8Array): Iterable<Uint8Array>;
}

/** Where several stand in one folder, the first with anything in it is what rpm reads; the others were left behind. */
const FORMS: readonly DatabaseForm[] = [
  { name: "rpmdb.sqlite", readBlobs: readSqlite },
  { name: "Packages.db", readBlobs: readNdb },
  { name: "Packages", readBlobs: readBerkeleyDb },
];
const WRITE_AHEAD_LOG = "rpmdb.sqlite-wal";
const DATABASE_FOLDERS = ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];
const MANIFEST_FOLDER = "var/lib/rpmmanifest";
/** The one that says more comes first; the other one has the same packages. */
const MANIFESTS: readonly { readonly name: string; read(text: string): ReadManifest }[] = [
  { name: "container-manifest-2", read: readDetailedManifest },
  { name: "container-manifest-1", read: readShortManifest },
];
const PATHS: readonly string[] = [
  ...DATABASE_FOLDERS.flatMap((folder) => [
    ...FORMS.map(({ name }) => `${folder}/${name}`),
    `${folder}/${WRITE_AHEAD_LOG}`,
  ]),
  ...MANIFESTS.map(({ name }) => `${MANIFEST_FOLDER}/${name}`),
];

/** The packages of Red Hat's, SUSE's and other distributions that rpm installs. */
export const rpmCataloger: Cataloger = {
  id: "rpm",
  ecosystem: "rpm",
  note: "Reads rpmdb.sqlite (SQLite), Packages.db (ndb) and Packages (Berkeley DB hash, either byte order) in var/lib/rpm, usr/lib/sysimage/rpm and usr/share/rpm; in images without rpm var/lib/rpmmanifest/container-manifest-2 or else container-manifest-1: packages with epoch, architecture, source package, vendor, licence, module, rpm's digest of the package's header as SHA-256 or else SHA-1, and dependencies resolved through what packages provide and the files they have (at most 64 packages for each name, and a note where more provide it). Public keys in the database are no packages. Does not read SQLite's write-ahead log (noted), resolve conditions in brackets, or compare the files on disk with their digests.",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readRpm,
};

function readRpm(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const installed = new Map<string, Installed>();
  const owners = new Map<string, readonly string[]>();
  for (const folder of DATABASE_FOLDERS) {
    const database = chooseDatabase(folder, files, builder);
    if (database !== undefined) readDatabase(database, { context, builder, installed, owners });
  }
  readManifests(files, { context, builder, installed, owners });
  const all = [...installed.values()];
  addInstalled(
    all.map((each) => withPaths(each, owners.get(each.component.ref) ?? [])),
    builder,
  );
  if (all.length > 0 && context.operatingSystem === undefined) {
    builder.addNotLookedAt(
      all[0]?.component.locations[0] ?? MANIFEST_FOLDER,
      "no os-release says which distribution these packages are of; their package URLs name none",
    );
  }
  return builder.finish();
}

/** A package provides the files it has; what it provides itself it does not need of others. */
function withPaths({ component, needs, provides: stated }: Installed, paths: readonly string[]): InstalledPackage {
  const provides = [...stated, ...paths];
  if (needs === undefined) return { component, provides };
  const own = new Set(provides);
  return { component, provides, needs: needs.filter((need) => !own.has(need)) };
}

/** One installed package with what it needs and provides. */
interface Installed {
  readonly component: Component;
  /** Left out where the source does not say: a manifest names packages only. */
  readonly needs?: readonly string[];
  readonly provides: readonly string[];
}

interface Reading {
  readonly context: CatalogerContext;
  readonly builder: ResultBuilder;
  /** By reference. */
  readonly installed: Map<string, Installed>;
  /** Paths that some package needs, by the reference of the package that has them. */
  readonly owners: Map<string, readonly string[]>;
}

interface Database {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly form: DatabaseForm;
}

function chooseDatabase(folder: string, files: CatalogFiles, builder: ResultBuilder): Database | undefined {
  const found = FORMS.flatMap((form): readonly Database[] => {
    const path = `${folder}/${form.name}`;
    const bytes = files.get(path);
    return bytes === undefined ? [] : [{ path, bytes, form }];
  });
  const chosen = found.find(({ bytes }) => bytes.length > 0) ?? found[0];
  for (const { path, bytes } of found) {
    if (chosen === undefined || path === chosen.path || bytes.length === 0) continue;
    builder.addNotLookedAt(path, `rpm's database is the newer ${chosen.form.name} beside it, which was read`);
  }
  const log = `${folder}/${WRITE_AHEAD_LOG}`;
  if ((files.get(log)?.length ?? 0) > 0) {
    builder.addNotLookedAt(log, "changes that rpm had not yet written into its database are not read");
  }
  return chosen;
}

function readDatabase(database: Database, reading: Reading): void {
  const { path } = database;
  const { builder, installed } = reading;
  /** By the place of its blob in the database. */
  const read: (Installed | undefined)[] = [];
  let incomplete = 0;
  const broken: string[] = [];
  for (const blob of blobsOf(database, (code, message) => builder.addProblem(path, code, message))) {
    const found = readBlob(blob, path, reading);
    const isNew = typeof found === "object" && !installed.has(found.component.ref);
    // What the other folder's database states already is not counted again.
    read.push(isNew ? found : undefined);
    if (isNew) installed.set(found.component.ref, found);
    if (found === "incomplete") incomplete += 1;
    else if (typeof found === "string" && found !== "key") broken.push(found);
  }
  if (incomplete > 0) builder.addNotLookedAt(path, `${incomplete} packages without a name or a version were left out`);
  if (broken.length > 0) {
    const more = broken.length > 1 ? `; ${broken.length - 1} more packages cannot be read` : "";
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", `${broken[0]}${more}`);
  }
  findOwners(database, read, reading);
}

/** One package; or that it is none, or not whole, or what is wrong with it. */
function readBlob(blob: Uint8Array, path: string, reading: Reading): Installed | string {
  try {
    const header = openHeader(blob);
    const stated = readPackage(header);
    if (stated === undefined) return "incomplete";
    if (isPublicKey(stated.name)) return "key";
    return {
      component: toComponent(stated, path, reading.context.operatingSystem),
      needs: readNeeds(header, reading.builder),
      provides: readProvides(header, reading.builder),
    };
  } catch (error) {
    if (isAmapError(error, "PACKAGE_DATABASE_INVALID")) return error.message;
    throw error;
  }
}

/**
 * Notes which packages have the files that others need. Files are most of a database, and few are needed: they are read
 * in a second pass, so that none of them has to be kept.
 */
function findOwners(database: Database, read: readonly (Installed | undefined)[], { owners }: Reading): void {
  const wanted = neededPaths(read.flatMap((each) => each?.needs ?? []));
  if (wanted.size === 0) return;
  let index = 0;
  for (const blob of blobsOf(database, () => undefined)) {
    const found = read[index++];
    if (found === undefined) continue;
    const paths = pathsOf(blob, wanted);
    if (paths.length > 0) owners.set(found.component.ref, paths);
  }
}

function pathsOf(blob: Uint8Array, wanted: ReadonlySet<string>): readonly string[] {
  try {
    return providedPaths(openHeader(blob), wanted);
  } catch (error) {
    // Whatever else the header states was read: only where its files lie is not known.
    if (isAmapError(error, "PACKAGE_DATABASE_INVALID")) return [];
    throw error;
  }
}

/** The database's packages up to the first damage, which is told. */
function* blobsOf(
  { form, bytes }: Database,
  onDamage: (code: ErrorCode, message: string) => void,
): Generator<Uint8Array> {
  try {
    yield* form.readBlobs(bytes);
  } catch (error) {
    if (isAmapError(error, "NOT_SUPPORTED")) onDamage(error.code, error.message);
    else if (isAmapError(error, "PACKAGE_DATABASE_INVALID") || isAmapError(error, "DOCUMENT_INVALID")) {
      onDamage("PACKAGE_DATABASE_INVALID", error.message);
    } else throw error;
  }
}

function* readSqlite(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { values, rowId } of readSqliteTable(bytes, "Packages")) {
    const blob = values[1];
    if (!(blob instanceof Uint8Array)) {
      throw new AmapError("PACKAGE_DATABASE_INVALID", `package ${rowId} of the table Packages has no header`);
    }
    yield blob;
  }
}

function readManifests(files: CatalogFiles, { context, builder, installed }: Reading): void {
  for (const manifest of MANIFESTS) {
    const path = `${MANIFEST_FOLDER}/${manifest.name}`;
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    const { packages, malformedLines } = manifest.read(decodeDatabaseText(bytes));
    for (const stated of packages) {
      if (isPublicKey(stated.name)) continue;
      const component = toComponent(stated, path, context.operatingSystem);
      if (!installed.has(component.ref)) installed.set(component.ref, { component, provides: [] });
    }
    if (malformedLines > 0) {
      builder.addProblem(path, "PACKAGE_DATABASE_INVALID", `${malformedLines} lines do not name a package`);
    }
    if (packages.length > 0) return;
  }
}
