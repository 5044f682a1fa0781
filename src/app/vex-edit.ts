import { AmapError, parseTime } from "../base/index.ts";
import {
  addStatement,
  type ExtendedVex,
  type FilteredVex,
  filterVex,
  fitsQuery,
  type GivenStatement,
  type MergedVex,
  mergeVex,
  startVex,
  type VexQuery,
} from "../metadata/index.ts";
import { readVexFile } from "./documents.ts";
import { createUuid, nowOf, type Tool } from "./sbom.ts";
import type { World } from "./world.ts";

type Note = (message: string) => void;

/** What a new document says of itself. */
interface VexHead {
  /** IRI; a new one when left out. */
  readonly id?: string;
  readonly author?: string;
  readonly role?: string;
  readonly tool: Tool;
}

/**
 * Makes one OpenVEX document of several files in any format that is read.
 * @throws {AmapError} DOCUMENT_INVALID; USAGE where the authors differ and none is given
 */
export async function mergeVexFiles(
  world: World,
  paths: readonly string[],
  request: { readonly head: VexHead; readonly query: VexQuery; readonly latestOnly: boolean },
  note: Note,
): Promise<MergedVex> {
  const sources = [];
  for (const path of paths) sources.push(await readVexFile(world, path, note));
  const { head, query, latestOnly } = request;
  const authors = new Set(sources.map(({ document }) => document.author));
  const [only] = authors;
  if (head.author === undefined && authors.size !== 1) {
    throw new AmapError(
      "USAGE",
      `--author: the documents are by ${[...authors].join(", ")}; say who vouches for the merged one`,
    );
  }
  return mergeVex(sources, {
    id: head.id ?? `urn:uuid:${createUuid(world)}`,
    author: head.author ?? only ?? "",
    ...(head.role === undefined ? {} : { role: head.role }),
    tooling: `${head.tool.name} ${head.tool.version}`,
    timestamp: nowOf(world),
    now: world.clock.now(),
    latestOnly,
    keeps: (entry) => fitsQuery(entry, query),
  });
}

/** The statements of a file that are asked for. */
export async function filterVexFile(world: World, path: string, query: VexQuery, note: Note): Promise<FilteredVex> {
  return filterVex(await readVexFile(world, path, note), query, nowOf(world));
}

/**
 * Adds a statement to a file.
 * @throws {AmapError} NOT_SUPPORTED where it is no OpenVEX 0.2.0; DOCUMENT_INVALID
 */
export async function addToVexFile(
  world: World,
  path: string,
  given: GivenStatement,
  note: Note,
): Promise<ExtendedVex> {
  return addStatement(await readVexFile(world, path, note), given, nowOf(world));
}

/**
 * A new document with one statement, for a file that is not there yet.
 * @throws {AmapError} USAGE where it is there, or no author is given; DOCUMENT_INVALID
 */
export async function startVexFile(
  world: World,
  path: string,
  given: GivenStatement,
  { author, id, role, tool }: VexHead,
): Promise<ExtendedVex> {
  if (author === undefined) throw new AmapError("USAGE", "--author is needed for a new document");
  if ((await world.files.kindOf(path, { followLinks: true })) !== undefined)
    throw new AmapError("USAGE", `--create: ${path} is there already`);
  const head = {
    id: id ?? `urn:uuid:${createUuid(world)}`,
    author,
    ...(role === undefined ? {} : { role }),
    tooling: `${tool.name} ${tool.version}`,
  };
  return { value: startVex(head, given, nowOf(world)), version: 1, isOutdated: false };
}

/**
 * Reads an RFC 3339 time or a day (`2026-01-31`, from its first moment in UTC), in milliseconds since 1970.
 * @throws {AmapError} USAGE
 */
export function parseMoment(text: string, flag: string): number {
  const time = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (time === undefined)
    throw new AmapError("USAGE", `${flag}: expected 2026-01-31 or an RFC 3339 time, found "${text}"`);
  return time;
}
