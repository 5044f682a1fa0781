import { AmapError, decodeUtf8, encodeUtf8, LIMITS } from "../../base/index.ts";
import { type Decision, type DecisionEdit, editDecisions, encodeDecisions } from "../../metadata/index.ts";
import type { World } from "../world.ts";
import { readDecisionFile } from "./decision-file.ts";

/** Where decisions are kept when nothing else is said: a file that lives in git. */
export const DECISIONS_PATH = ".amap/decisions.yaml";

/** A change of a file as texts. */
interface WrittenFile {
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * The decisions of a file that may not be there yet.
 * @throws {AmapError} those of readDecisionFile
 */
export async function readDecisionsIfThere(world: World, path: string): Promise<readonly Decision[]> {
  if ((await world.files.kindOf(path, { followLinks: true })) === undefined) return [];
  return (await readDecisionFile(world, path)).decisions;
}

/**
 * Makes one change of a file of decisions, all at once or not at all, and makes the file where it is not there. Comments
 * are kept. Returns the text that was there before, undefined for a file that was made, and what is there now.
 * @throws {AmapError} DOCUMENT_INVALID, LIMIT_EXCEEDED; FILE_UNREADABLE
 */
export async function editDecisionFile(world: World, path: string, edit: DecisionEdit): Promise<WrittenFile> {
  const before = await readIfThere(world, path);
  const edited = editDecisions(before ?? encodeDecisions([]), edit);
  if (!edited.ok) {
    const [issue] = edited.issues;
    const message = `${path}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"}`;
    throw new AmapError(issue?.code === "LIMIT_EXCEEDED" ? "LIMIT_EXCEEDED" : "DOCUMENT_INVALID", message);
  }
  if (before === undefined && path.includes("/"))
    await world.files.makeDirectory(path.slice(0, Math.max(1, path.lastIndexOf("/"))));
  await world.files.write(path, encodeUtf8(edited.value));
  return { before, after: edited.value };
}

/**
 * Puts back what a file of decisions was before {@link editDecisionFile}, unless somebody has changed it since.
 */
export async function restoreDecisionFile(
  world: World,
  path: string,
  { before, after }: WrittenFile,
): Promise<boolean> {
  if ((await readIfThere(world, path)) !== after) return false;
  if (before === undefined) await world.files.remove(path);
  else await world.files.write(path, encodeUtf8(before));
  return true;
}

/** The text of a file of decisions; undefined where none is there. */
async function readIfThere(world: World, path: string): Promise<string | undefined> {
  if ((await world.files.kindOf(path, { followLinks: true })) === undefined) return undefined;
  const text = decodeUtf8(await world.files.read(path, LIMITS.decisionsBytes));
  if (text === undefined) throw new AmapError("DOCUMENT_INVALID", `${path}: expected UTF-8, found other bytes`);
  return text;
}

/** Equal for decisions about the same finding in the same scope, whatever they say. */
export function scopeKey({ finding, scope }: Decision): string {
  return JSON.stringify([finding.toUpperCase(), scope.products.toSorted(), scope.components.toSorted()]);
}
