import { AmapError } from "../base/index.ts";
import {
  type ContentSource,
  type FileNode,
  type LayerState,
  locate,
  nodesBelow,
  shown,
  sourceKey,
  sourceOf,
  walk,
} from "./tree-walk.ts";

/** See `FileTree.pathsTo`. */
export function pathsTo(
  tree: LayerState,
  kindOf: (path: string) => string | undefined,
  places: readonly string[],
): readonly string[] {
  const found = new Set<string>();
  const throughLinks = new Set<string>();
  const filesByKind = new Map<string, Set<unknown>>();
  for (const [path, node] of nodesBelow(tree.root)) {
    if (node.kind !== "file" && node.kind !== "symlink") continue;
    const kind = kindOf(path);
    if (kind === undefined) continue;
    if (node.kind === "symlink") throughLinks.add(path);
    else {
      found.add(path);
      const files = filesByKind.get(kind) ?? new Set();
      filesByKind.set(kind, files.add(identityOf(node, path)));
    }
  }
  for (const place of places) for (const path of expandPlace(tree, place.split("/"), 0)) throughLinks.add(path);
  for (const path of throughLinks) {
    const kind = kindOf(path);
    const file = locate(tree, path.split("/"), true);
    if (kind === undefined || file?.node.kind !== "file") continue;
    if (filesByKind.get(kind)?.has(identityOf(file.node, file.path)) !== true) found.add(path);
  }
  return [...found].sort();
}

/** What is the same for all names of a file. */
function identityOf({ inode }: FileNode, path: string): unknown {
  return inode ?? path;
}

/** The paths that a place stands for: each `*` from `start` on is every name of the folder that the path before leads to. */
function* expandPlace(tree: LayerState, segments: readonly string[], start: number): Generator<string> {
  const star = segments.indexOf("*", start);
  if (star === -1) {
    yield segments.join("/");
    return;
  }
  const folder = walk(tree, segments.slice(0, star), true);
  if (folder?.kind !== "directory") return;
  for (const name of folder.children.keys()) yield* expandPlace(tree, segments.with(star, name), star + 1);
}

/** See `FileTree.missing`. */
export function missingContent(tree: LayerState, paths: Iterable<string>): readonly ContentSource[] {
  const found = new Map<string, ContentSource>();
  for (const path of paths) {
    const file = locate(tree, path.split("/"), true);
    if (file?.node.kind !== "file" || file.node.inode?.content !== undefined) continue;
    const source = sourceOf(tree, file.node, file.path);
    const { inode } = file.node;
    if (inode !== undefined && tree.inodes.get(sourceKey(inode)) !== inode) {
      const where = `layer ${inode.layer} holds ${shown(inode.path)} twice with a hard link to the first`;
      throw new AmapError("NOT_SUPPORTED", `${where}: its content cannot be told apart`);
    }
    found.set(sourceKey(source), source);
  }
  return [...found.values()];
}
