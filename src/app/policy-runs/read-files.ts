import {
  AmapError,
  type Decoded,
  type Issue,
  isAmapError,
  isValueObject,
  LIMITS,
  readYaml,
  type Value,
  type ValueObject,
  type YamlPart,
  YamlSplitter,
} from "../../base/index.ts";
import type { CliFile } from "../../policy/index.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import { completeResource } from "./given-resources.ts";
import type { KnownKinds } from "./known-kinds.ts";
import { asExcerpt, describeFileIssues } from "./policy-places.ts";

const YAML_NAME = /\.ya?ml$/;

/** A path as a file names it: relative to the folder of that file. */
export function resolvePath(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const segments: string[] = [];
  for (const segment of `${folder}/${path}`.split("/")) {
    if (segment === "." || (segment === "" && segments.length > 0)) continue;
    const isUp = segment === ".." && segments.length > 0 && segments.at(-1) !== ".." && segments.at(-1) !== "";
    if (isUp) segments.pop();
    else segments.push(segment);
  }
  return segments.join("/") || ".";
}

/** The folder of a file. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "." : path.slice(0, at) || "/";
}

/**
 * The YAML files of a path: the file itself, or those below a folder, at any depth. Hidden ones are left out, as are
 * folders that are hidden, unless they are wanted.
 * @throws {AmapError} FILE_NOT_FOUND
 */
export async function listYamlFiles(
  world: World,
  path: string,
  options: { readonly hidden?: boolean } = {},
): Promise<readonly string[]> {
  if ((await kindOf(world, path)) === "file") return [path];
  const entries = await world.files.list(path, LIMITS.layerEntries, { followLinks: true });
  return entries
    .map((entry) => entry.path)
    .filter((each) => YAML_NAME.test(each) && (options.hidden === true || !isHidden(each)))
    .map((each) => `${path}/${each}`);
}

/** Whether a path below a folder, or a folder on its way, is hidden. */
export function isHidden(path: string): boolean {
  return path.split("/").some((segment) => segment.startsWith("."));
}

/** As `listYamlFiles`, of a folder the files that are directly in it. */
export async function listResourceFiles(world: World, path: string): Promise<readonly string[]> {
  if ((await kindOf(world, path)) === "file") return [path];
  const entries = await world.files.list(path, LIMITS.layerEntries, { followLinks: true });
  return entries.filter((entry) => /^[^/]+\.ya?ml$/.test(entry.path)).map((entry) => `${path}/${entry.path}`);
}

async function kindOf(world: World, path: string): Promise<"file" | "directory"> {
  const kind = await world.files.kindOf(path, { followLinks: true });
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path}: no such file or folder`);
  return kind === "directory" ? "directory" : "file";
}

/**
 * The Kubernetes objects of files and folders, completed as Kyverno's command line does; lists are taken apart.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, VALUE_INVALID with the file
 */
export async function readGivenResources(
  world: World,
  paths: readonly string[],
  kinds?: KnownKinds,
): Promise<readonly ValueObject[]> {
  const found: ValueObject[] = [];
  for (const path of paths) {
    for (const file of await listResourceFiles(world, path))
      found.push(...(await readResourceFile(world, file, kinds)));
  }
  return found;
}

/** The objects of one file. */
export async function readResourceFile(
  world: World,
  path: string,
  kinds?: KnownKinds,
): Promise<readonly ValueObject[]> {
  return objectsOf(await readYamlFile(world, path), path, kinds);
}

/** Some objects of a file, in order. */
export interface ResourceBatch {
  readonly objects: readonly ValueObject[];
  /** Bytes of the file that they were written in. */
  readonly bytes: number;
}

/**
 * As `readGivenResources`, in batches, so that files of any size can be gone through: no more of them is held than a
 * batch and its longest document.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, VALUE_INVALID with the file, where the trouble is come to
 */
export async function* streamGivenResources(
  world: World,
  paths: readonly string[],
  kinds?: KnownKinds,
): AsyncGenerator<ResourceBatch> {
  for (const path of paths) {
    for (const file of await listResourceFiles(world, path)) yield* streamResourceFile(world, file, kinds);
  }
}

async function* streamResourceFile(world: World, path: string, kinds?: KnownKinds): AsyncGenerator<ResourceBatch> {
  const splitter = new YamlSplitter();
  try {
    for await (const chunk of world.files.readChunks(path)) {
      const part = splitter.push(chunk);
      if (part !== undefined) yield batchOf(part, path, kinds);
    }
    const last = splitter.finish();
    if (last !== undefined) yield batchOf(last, path, kinds);
  } catch (error) {
    if (!isAmapError(error) || error.message.includes(path)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Whether all paths can be read a second time: files and folders can, a pipe cannot. */
export async function canBeReadAgain(world: World, paths: readonly string[]): Promise<boolean> {
  const kinds = await Promise.all(paths.map((path) => world.files.kindOf(path, { followLinks: true })));
  return kinds.every((kind) => kind !== "other");
}

function batchOf(part: YamlPart, path: string, kinds: KnownKinds | undefined): ResourceBatch {
  return { objects: objectsOf(readYaml(part.bytes, part), path, kinds), bytes: part.bytes.length };
}

function objectsOf(documents: readonly Value[], path: string, kinds: KnownKinds | undefined): readonly ValueObject[] {
  return documents
    .filter((document) => document !== null)
    .flatMap((document) => expandList(document, path))
    .filter((object: Value): object is ValueObject => isValueObject(object))
    .map((object) => completeResource(object, kinds));
}

/** The test files of this name below a folder, at any depth, in hidden folders too; a path of a file is that file. */
export async function listTestFiles(world: World, path: string, fileName: string): Promise<readonly string[]> {
  if ((await kindOf(world, path)) === "file") return [path];
  const entries = await world.files.list(path, LIMITS.layerEntries, { followLinks: true });
  return entries
    .filter((entry) => entry.path === fileName || entry.path.endsWith(`/${fileName}`))
    .map((entry) => `${path}/${entry.path}`);
}

/**
 * What a decoder makes of a file.
 * @throws {AmapError} with all issues and the file's name
 */
export async function readDecoded<T>(
  world: World,
  path: string,
  decode: (bytes: Uint8Array, source: string) => Decoded<T>,
): Promise<T> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const decoded = decode(bytes, path);
  if (decoded.ok) return decoded.value;
  const [first] = decoded.issues as readonly [Issue];
  const message = asExcerpt(describeFileIssues(path, bytes, decoded.issues));
  throw new AmapError(first.code, message, { details: { issues: decoded.issues } });
}

/** A file of Kyverno's command line. */
export async function readCliFile<T>(
  world: World,
  path: string,
  decode: (bytes: Uint8Array, source: string) => Decoded<CliFile<T>>,
): Promise<T> {
  return (await readDecoded(world, path, decode)).file;
}
