import { type ErrorCode, isAmapError, readSqliteTable, type SqliteRow } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";

const DATABASE = "nix/var/nix/db/db.sqlite";
const WRITE_AHEAD_LOG = `${DATABASE}-wal`;
const PATHS = [DATABASE, WRITE_AHEAD_LOG];
/** `/nix/store/<hash>-<name>`; the hash is 32 characters of Nix's base 32. */
const STORE_PATH = /^\/nix\/store\/([0-9a-df-np-sv-z]{32})-([A-Za-z0-9+._?=-]{1,211})$/;

/** What is in a Nix store. */
export const nixCataloger: Cataloger = {
  id: "nix",
  ecosystem: "nix",
  note: "Reads nix/var/nix/db/db.sqlite: what is in the store, by name and version as the store's paths have them, with the hash of its contents and what it refers to as dependencies. Store paths without a version (sources, scripts) and derivations are no components. Does not read SQLite's write-ahead log (noted), or a store that has no database.",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readNix,
};

function readNix(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  if ((files.get(WRITE_AHEAD_LOG)?.length ?? 0) > 0) {
    builder.addNotLookedAt(WRITE_AHEAD_LOG, "changes that Nix had not yet written into its database are not read");
  }
  const bytes = files.get(DATABASE);
  if (bytes === undefined) return builder.finish();
  const components = readComponents(bytes, builder);
  const targets = readReferences(bytes, components, builder);
  for (const [id, component] of components) {
    builder.components.push(component);
    builder.dependencies.set(component.ref, [...(targets.get(id) ?? [])].sort());
  }
  return builder.finish();
}

/** Rows of a table up to the first damage, which is told. */
function* rowsOf(bytes: Uint8Array, table: string, builder: ResultBuilder): Generator<SqliteRow> {
  try {
    yield* readSqliteTable(bytes, table);
  } catch (error) {
    if (!isAmapError(error, "DOCUMENT_INVALID") && !isAmapError(error, "NOT_SUPPORTED")) throw error;
    const code: ErrorCode = error.code === "NOT_SUPPORTED" ? "NOT_SUPPORTED" : "PACKAGE_DATABASE_INVALID";
    builder.addProblem(DATABASE, code, error.message);
  }
}

/** Components by the number of their store path: the table ValidPaths (id, path, hash, …). */
function readComponents(bytes: Uint8Array, builder: ResultBuilder): ReadonlyMap<number | bigint, Component> {
  const components = new Map<number | bigint, Component>();
  for (const { rowId, values } of rowsOf(bytes, "ValidPaths", builder)) {
    const [, path, hash] = values;
    const component = typeof path === "string" ? toComponent(path, hash) : undefined;
    if (component !== undefined) components.set(rowId, component);
  }
  return components;
}

/** What store paths refer to: the table Refs (referrer, reference). */
function readReferences(
  bytes: Uint8Array,
  components: ReadonlyMap<number | bigint, Component>,
  builder: ResultBuilder,
): ReadonlyMap<number | bigint, ReadonlySet<string>> {
  const targets = new Map<number | bigint, Set<string>>();
  for (const { values } of rowsOf(bytes, "Refs", builder)) {
    const [from, to] = values;
    if (!isId(from) || !isId(to) || from === to) continue;
    const target = components.get(to);
    if (target === undefined || !components.has(from)) continue;
    builder.countDependencies(1);
    const known = targets.get(from) ?? new Set();
    targets.set(from, known);
    known.add(target.ref);
  }
  return targets;
}

function isId(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function toComponent(path: string, hash: unknown): Component | undefined {
  const [, storeHash = "", label = ""] = STORE_PATH.exec(path) ?? [];
  // As Nix tells them apart: the version begins behind the first dash that no letter follows.
  const [, name, version] = /^(.+?)-([^A-Za-z].*)$/.exec(label) ?? [];
  if (name === undefined || version === undefined || label.endsWith(".drv")) return undefined;
  const purl = toPackageUrl({ type: "nix", name, version, qualifiers: { outputhash: storeHash } });
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(typeof hash === "string" ? hash : "")?.[1];
  return {
    ref: purl ?? `nix:${storeHash}-${label}`,
    kind: "library",
    name,
    version,
    ...(purl === undefined ? {} : { purl }),
    licenses: [],
    hashes: sha256 === undefined ? [] : [{ algorithm: "SHA-256", value: sha256 }],
    locations: [absolute(path)],
    scope: "production",
  };
}
