import { AmapError, LIMITS } from "../base/index.ts";

/** Where the content of a file is stored: the entry with this path, as written, of layer `layer`. */
export interface ContentSource {
  readonly layer: number;
  readonly path: string;
}

/** What hard links share. */
export interface Inode extends ContentSource {
  content?: Uint8Array;
}

export type Node = DirectoryNode | FileNode | SymlinkNode | OtherNode;
export interface DirectoryNode {
  readonly kind: "directory";
  /** Empty for the root. */
  readonly name: string;
  layer: number;
  readonly children: Map<string, Node>;
  /** Of its own resolved path: links could otherwise pile directories up without end. */
  readonly pathLength: number;
  /** The layer that last hid what lies below, so that a thousand whiteouts of one directory walk it once. */
  hiddenIn: number;
}
export interface FileNode {
  readonly kind: "file";
  readonly layer: number;
  /**
   * Left out where the file's content is stored under the path that it has in the tree: most files are, and one node of
   * their layer stands for all of them, since a folder may hold millions.
   */
  readonly inode?: Inode;
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
  /** The newest file of each source, of those files that have an inode. */
  readonly inodes: Map<string, Inode>;
  /** For each layer, the node that stands for its plain files, and what their paths begin with as they are written. */
  readonly plain: { readonly node: FileNode; prefix: string | undefined }[];
  layer: number;
  /** Made in all layers so far. */
  nodes: number;
  /** Segments of links' targets walked so far. */
  linkSegments: number;
}

/** What a path leads to; undefined for nothing, for a file taken as a directory, and for a loop of links. */
export function walk(tree: LayerState, segments: readonly string[], followLast: boolean): Node | undefined {
  return locate(tree, segments, followLast)?.node;
}

/** Where a path leads to. */
interface Place {
  readonly node: Node;
  /** The folder that holds it, and its name there; of a folder itself, and nothing. */
  readonly parent: DirectoryNode;
  readonly name: string;
  /** Its own path, without links. */
  readonly path: string;
}

/** As {@link walk}, with the place. */
export function locate(tree: LayerState, segments: readonly string[], followLast: boolean): Place | undefined {
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
    else if (isLast) return placeOf(stack, segment, child);
    else return undefined;
  }
  const last = stack.at(-1) ?? tree.root;
  return placeOf(stack, "", last);
}

function placeOf(stack: readonly DirectoryNode[], name: string, node: Node): Place | undefined {
  const parent = stack.at(-1);
  if (parent === undefined) return undefined;
  const names = stack.slice(1).map((directory) => directory.name);
  return { node, parent, name, path: [...names, ...(name === "" ? [] : [name])].join("/") };
}

/** Where the content of a file at a path of the tree is stored. */
export function sourceOf(tree: LayerState, { inode, layer }: FileNode, path: string): ContentSource {
  if (inode !== undefined) return { layer: inode.layer, path: inode.path };
  return { layer, path: (tree.plain[layer]?.prefix ?? "") + path };
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
