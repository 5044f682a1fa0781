/** A folder that is changed step by step, and the layers that say the same: what an image's builder does. */
import { lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tar } from "./image-forms.ts";

/**
 * One step of a build: changes the folder. Returns the folders whose content its layer replaces as a whole (image-spec v1.1,
 * layer.md, "Opaque Whiteout").
 */
export type Step = (root: string) => readonly string[];

/**
 * Runs the steps in `root`, and writes a tar for each: what came and what changed, and a whiteout for what is gone.
 * @returns the tars, the base first
 */
export function buildLayers(root: string, steps: readonly Step[]): readonly string[] {
  mkdirSync(root, { recursive: true });
  let before: ReadonlyMap<string, string> = new Map();
  return steps.map((step, index) => {
    const opaque = step(root);
    const now = readTree(root);
    const file = `${root}.layer-${index}.tar`;
    writeLayer({ file, root, before, now, opaque });
    before = now;
    return file;
  });
}

interface LayerInput {
  readonly file: string;
  readonly root: string;
  readonly before: ReadonlyMap<string, string>;
  readonly now: ReadonlyMap<string, string>;
  readonly opaque: readonly string[];
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function writeLayer({ file, root, before, now, opaque }: LayerInput): void {
  const replaced = (path: string): boolean => opaque.some((folder) => isBelow(path, folder));
  const changed = [...now].filter(([path, state]) => replaced(path) || before.get(path) !== state);
  const gone = [...before.keys()].filter(
    (path) => !now.has(path) && !replaced(path) && !hasGoneFolder(path, before, now),
  );
  const whiteouts = `${file}.whiteouts`;
  const marks = [
    ...gone.map((path) => join(dirname(path), `.wh.${basename(path)}`)),
    ...opaque.map((folder) => `${folder}/.wh..wh..opq`),
  ];
  mkdirSync(whiteouts, { recursive: true });
  for (const mark of marks) {
    mkdirSync(dirname(join(whiteouts, mark)), { recursive: true });
    writeFileSync(join(whiteouts, mark), "");
  }
  writeFileSync(`${file}.names`, changed.map(([path]) => `${path}\0`).join(""));
  writeFileSync(`${file}.marks`, marks.map((mark) => `${mark}\0`).join(""));
  const names = ["--null", "--no-recursion", "--verbatim-files-from"];
  tar("-cf", file, ...names, "-C", whiteouts, "-T", `${file}.marks`, "-C", root, "-T", `${file}.names`);
}

function hasGoneFolder(path: string, before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  const folder = dirname(path);
  return before.has(folder) && now.get(folder) !== "folder";
}

/** Every entry below a folder with what tells whether it changed. */
function readTree(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const at = join(root, path);
    const { ino, size, mtimeMs, mode } = lstatSync(at);
    const isLink = (mode & 0o170000) === 0o120000;
    const isFolder = (mode & 0o170000) === 0o040000;
    found.set(path, isLink ? `link ${readlinkSync(at)}` : isFolder ? "folder" : `${ino} ${size} ${mtimeMs} ${mode}`);
  }
  return found;
}
