import { AmapError, LIMITS } from "../base/index.ts";

/** Where the content of a file is stored: the entry with this path, as written, of layer `layer`. */
export interface ContentSource {
  readonly layer: number;
  readonly path: string;
}

/** What hard links share. */
export interface Inode extends ContentSource {
  readonly size: number;
  content?: Uint8Array;
}

export type Node = DirectoryNode | FileNode | SymlinkNode | OtherNode;
export interface DirectoryNode {
  readonly kind: "directory";
  layer: number;
  readonly children: Map<string, Node>;
  /** Of its own resolved path: links could otherwise pile directories up without end. */
  readonly pathLength: number;
  /** The layer that last hid what lies below, so that a thousand whiteouts of one directory walk it once. */
  hiddenIn: number;
}
interface FileNode {
  readonly kind: "file";
  readonly layer: number;
  readonly inode: Inode;
}
export interface SymlinkNode {
  readonly kind: "symlink";
  readonly layer: number;
  /** Without segments that lead nowhere. */
  readonly target: string;
}
interface OtherNode {
  readonly kind: "other";
  readonly layer: number;
}

/** A tree in the making. */
export interface LayerState {
  readonly root: DirectoryNode;
  /** The newest file of each source. */
  readonly inodes: Map<string, Inode>;
  layer: number;
  /** Made in all layers so far. */
  nodes: number;
  /** Segments of links' targets walked so far. */
  linkSegments: number;
}

/** What a path leads to; undefined for nothing, for a file taken as a directory, and for a loop of links. */
export function walk(tree: LayerState, segments: readonly string[], followLast: boolean): Node | undefined {
  const stack: DirectoryNode[] = [tree.root];
  const pending = segments.filter((segment) => segment !== "").reverse();
  let links = 0;
  for (let segment = pending.pop(); segment !== undefined; segment = pending.pop()) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (stack.length > 1) stack.pop();
      continue;
    }
    const child = stack.at(-1)?.children.get(segment);
    if (child === undefined) return undefined;
    const isLast = pending.length === 0;
    if (child.kind === "symlink" && (followLast || !isLast)) {
      links += 1;
      if (links > LIMITS.linkDepth) return undefined;
      pushTarget(tree, child, stack, pending);
    } else if (child.kind === "directory") stack.push(child);
    else return isLast ? child : undefined;
  }
  return stack.at(-1);
}

/**
 * Puts a link's target in front of the segments that are still to be walked.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.linkSegments for the whole tree
 */
export function pushTarget(tree: LayerState, link: SymlinkNode, stack: DirectoryNode[], pending: string[]): void {
  const segments = link.target.split("/");
  tree.linkSegments += segments.length;
  if (tree.linkSegments > LIMITS.linkSegments) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `the image's links lead through more than ${LIMITS.linkSegments} path segments (linkSegments)`,
    );
  }
  if (link.target.startsWith("/")) stack.length = 1;
  for (let index = segments.length - 1; index >= 0; index -= 1) pending.push(segments[index] ?? "");
}

/** All nodes with their paths, links not followed; a folder's own node comes before what is in it. */
export function* nodesBelow(root: DirectoryNode): Generator<readonly [path: string, node: Node]> {
  const open: (readonly [prefix: string, directory: DirectoryNode])[] = [["", root]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, child] of next[1].children) {
      const path = next[0] + name;
      yield [path, child];
      if (child.kind === "directory") open.push([`${path}/`, child]);
    }
  }
}

export function sourceKey(source: ContentSource): string {
  return `${source.layer}:${source.path}`;
}

/** A path as messages show it. */
export function shown(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
