import { type Decoded, type Issue, isAmapError, isValueObject, readJson, type Value } from "../../../base/index.ts";
import { member } from "../../document-reader.ts";
import type { ForgeChange, ForgeCommit, ForgeData, ForgeFile, ForgeReview } from "../change.ts";
import { byTime, type ForgePiece, type ForgePush, PieceDocument, type PieceReader } from "./forge-pieces.ts";
import { GITHUB_LISTS, GITHUB_PIECES } from "./github.ts";
import { GITLAB_LISTS, GITLAB_PIECES, withCommit } from "./gitlab.ts";

const PIECES: readonly PieceReader[] = [...GITHUB_PIECES, ...GITLAB_PIECES];
const LISTS: readonly PieceReader[] = [...GITHUB_LISTS, ...GITLAB_LISTS];
/** Pages of a forge's API, where nothing else is asked for, and the largest: a list of so many may be cut off. */
const PAGE_SIZES: ReadonlySet<number> = new Set([20, 30, 100]);

/**
 * Reads files of data that GitHub and GitLab export, as their APIs give them, and joins what belongs together: JSON with one
 * object, a list, or a list of those. Files that are none of the known kinds are refused by name; members that are not known
 * are left alone. The data are what the files say: nothing proves that they come from the forge.
 * @throws {AmapError} LIMIT_EXCEEDED
 * @example
 * ```ts
 * import { encodeUtf8 } from "../../../base/index.ts";
 * import { readForgeData } from "../../index.ts";
 * const text = '{"name": "main", "push_access_levels": [{"access_level": 0}], "merge_access_levels": []}';
 * const data = readForgeData([{ name: "branch.json", bytes: encodeUtf8(text) }]);
 * data.ok && data.value.protections[0]?.requiresChangeRequest; // true
 * ```
 */
export function readForgeData(files: readonly ForgeFile[]): Decoded<ForgeData> {
  const issues: Issue[] = [];
  const pieces: ForgePiece[] = [];
  const notes: string[] = [];
  for (const { name, bytes } of files) {
    const document = new PieceDocument();
    const value = readValue(document, bytes);
    const found = value === undefined ? [] : piecesOf(document, value, "");
    const finished = document.finish(found);
    if (!finished.ok) issues.push(...finished.issues.map((issue) => ({ ...issue, path: placeOf(name, issue.path) })));
    else if (found.length === 0) notes.push(`${name}: an empty list, which does not say of what`);
    for (const piece of mergeLists(found)) {
      if (piece.kind === "note") notes.push(`${name}: ${piece.note}`);
      else pieces.push(piece);
    }
  }
  if (issues.length > 0) return { ok: false, issues };
  return joinPieces(pieces, notes);
}

function placeOf(name: string, path: string): string {
  return path === "" ? name : `${name}: ${path}`;
}

function readValue(document: PieceDocument, bytes: Uint8Array): Value | undefined {
  try {
    return readJson(bytes);
  } catch (error) {
    if (!isAmapError(error, "JSON_INVALID")) throw error;
    return document.refuse(
      "",
      `${error.message} (pages that follow one another: --slurp makes them one list)`,
      "JSON_INVALID",
    );
  }
}

/** A document's parts: GraphQL's answer, an object, a list of one kind, or a list of such things. */
function piecesOf(document: PieceDocument, value: Value, path: string): readonly ForgePiece[] {
  if (Array.isArray(value)) {
    return (value as readonly Value[]).flatMap((item, index) => piecesOf(document, item, `${path}[${index}]`));
  }
  const object = isValueObject(value) ? value : undefined;
  const inner = object === undefined ? undefined : graphPullRequest(object);
  if (inner !== undefined) return piecesOf(document, inner, path);
  const kind = object === undefined ? undefined : [...PIECES, ...LISTS].find(({ recognises }) => recognises(object));
  if (object === undefined || kind === undefined) {
    const known = [...PIECES, ...LISTS].map(({ what }) => what).join(", ");
    document.refuse(path, `expected data of a forge (${known}), found something else`, "NOT_SUPPORTED");
    return [];
  }
  const piece = kind.read(document, object, path);
  return piece === undefined ? [] : [piece];
}

/** `{data: {repository: {pullRequest: …}}}` */
function graphPullRequest(object: Value): Value | undefined {
  let value: Value | undefined = object;
  for (const key of ["data", "repository", "pullRequest"]) {
    value = isValueObject(value) ? member(value, key) : undefined;
  }
  return value;
}

type PieceOf<K extends ForgePiece["kind"]> = Extract<ForgePiece, { kind: K }>;

function ofKind<K extends ForgePiece["kind"]>(pieces: readonly ForgePiece[], kind: K): readonly PieceOf<K>[] {
  return pieces.filter((piece): piece is PieceOf<K> => piece.kind === kind);
}

/** What is one list in a file, in one part: a change's commits, its pushes. */
function mergeLists(pieces: readonly ForgePiece[]): readonly ForgePiece[] {
  const commits = ofKind(pieces, "commits").flatMap((piece) => piece.commits);
  const pushes = ofKind(pieces, "pushes").flatMap((piece) => piece.pushes);
  return [
    ...pieces.filter(({ kind }) => kind !== "commits" && kind !== "pushes"),
    ...(commits.length === 0 ? [] : [{ kind: "commits", commits } as const]),
    ...(pushes.length === 0 ? [] : [{ kind: "pushes", pushes } as const]),
  ];
}

function joinPieces(pieces: readonly ForgePiece[], notes: string[]): Decoded<ForgeData> {
  const changes = ofKind(pieces, "change");
  const keys = new Set(changes.map(({ key }) => key));
  if (keys.size < changes.length) return refuse("a change stands twice in these files");
  const heads = changes.map(({ change }) => change.head);
  const lists = ofKind(pieces, "commits").map((piece) => piece.commits);
  if (lists.some((list) => heads.filter((head) => list.some(({ id }) => id === head)).length > 1))
    return refuse("a list has the commits of several changes: each needs a file of its own");
  for (const list of lists) {
    if (!list.some(({ id }) => heads.includes(id))) notes.push(`commits of no change that is there: ${list[0]?.id}`);
  }
  const reviews = new Map<string, readonly ForgeReview[]>();
  for (const piece of ofKind(pieces, "reviews")) {
    if (!keys.has(piece.key) && !reviews.has(piece.key)) notes.push(`reviews of no change that is there: ${piece.key}`);
    reviews.set(piece.key, [...(reviews.get(piece.key) ?? []), ...piece.reviews]);
  }
  const pushes = ofKind(pieces, "pushes").map((piece) => piece.pushes);
  const joined = changes.map((piece) => joinChange(piece, { reviews, lists, pushes }, notes));
  const protections = ofKind(pieces, "protection").map(({ protection }) => protection);
  return { ok: true, value: { changes: joined, protections, notes } };
}

function refuse(message: string): Decoded<ForgeData> {
  return { ok: false, issues: [{ code: "DOCUMENT_INVALID", path: "", message }] };
}

function joinChange(
  { key, change: { commits: own, reviews: stated, ...change }, commitCount, lacksReviews }: PieceOf<"change">,
  parts: {
    readonly reviews: ReadonlyMap<string, readonly ForgeReview[]>;
    readonly lists: readonly (readonly ForgeCommit[])[];
    readonly pushes: readonly (readonly ForgePush[])[];
  },
  notes: string[],
): ForgeChange {
  const name = change.url ?? `${change.forge} ${change.number}`;
  const listed = own ?? parts.lists.find((list) => list.some(({ id }) => id === change.head));
  const isWhole = commitCount === undefined || listed?.length === commitCount;
  if (listed !== undefined && !isWhole)
    notes.push(`${name}: ${listed.length} of its ${commitCount} commits are there, so that who made it is not known`);
  if (lacksReviews === true)
    notes.push(`${name}: its reviews are only a part of them, so that what was taken back is not known; none counts`);
  const reviews = lacksReviews === true ? undefined : (stated ?? parts.reviews.get(key));
  if (reviews !== undefined && PAGE_SIZES.has(reviews.length))
    notes.push(`${name}: exactly ${reviews.length} reviews, which may be one page of more`);
  const pushes = parts.pushes.find((list) => list.some(({ head }) => head === change.head)) ?? [];
  return {
    ...change,
    ...(listed === undefined || !isWhole ? {} : { commits: listed }),
    ...(reviews === undefined
      ? {}
      : { reviews: byTime(reviews.map((review) => withCommit(review, change.head, pushes))) }),
  };
}
