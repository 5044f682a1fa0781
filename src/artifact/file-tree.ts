import { AmapError, encodeUtf8, LIMITS } from "../base/index.ts";

/** One entry of a layer's archive, as written there. */
export interface LayerEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** Bytes of content. */
  readonly size: number;
  /** Target of a link, as written. */
  readonly linkPath?: string;
}

/** A regular file of an image, as a container would see it. */
export interface TreeFile {
  /** Left out where it was not kept. */
  readonly content?: Uint8Array;
  /** Bytes. */
  readonly size: number;
  /** Which layer the name comes from, counted from 0 (the base). */
  readonly layer: number;
}

/** Where the content of a file is stored: the entry with this path, as written, of layer `layer`. */
export interface ContentSource {
  readonly layer: number;
  readonly path: string;
}

/** The files of an image: its layers applied one over the other. Paths have no leading slash and no `.` or `..`. */
export interface FileTree {
  /** Begins the next layer; the first call begins the base. */
  startLayer(): void;
  /**
   * Applies one entry of the layer, in the archive's order, with the content where it is to be kept.
   * @throws {AmapError} LAYER_UNSAFE (a path or hard link that leaves the root, NUL, LIMITS.pathBytes, a loop of links
   * on the way), ARCHIVE_INVALID (a hard link to nothing), LIMIT_EXCEEDED (LIMITS.layerEntries, here for all layers
   * together)
   */
  add(entry: LayerEntry, content?: Uint8Array): void;
  /** All regular files, sorted by path (by UTF-16 code units); hard links are files, symbolic links are not listed. */
  files(): ReadonlyMap<string, TreeFile>;
  /** The regular file that a path leads to, symbolic links followed inside the root; undefined for anything else. */
  find(path: string): TreeFile | undefined;
  /** The kept content of the file that a path leads to; undefined where there is no such file or it was not kept. */
  readFile(path: string): Uint8Array | undefined;
  /**
   * What is still to be read: where the content of wanted files lies that was not kept, because a link was wanted and
   * the name it leads to was not (a hard link's content is stored under the first name only). Read those entries again
   * and give them to `supply`; then nothing wanted is silently absent.
   * @throws {AmapError} NOT_SUPPORTED where a layer holds such an entry twice, so that the path does not say which
   */
  missing(wants: (path: string) => boolean): readonly ContentSource[];
  /** Adds the content that `missing` asked for, for all names of the file. */
  supply(source: ContentSource, content: Uint8Array): void;
}

/** What hard links share. */
interface Inode extends ContentSource {
  readonly size: number;
  content?: Uint8Array;
}

type Node = DirectoryNode | FileNode | SymlinkNode | OtherNode;
interface DirectoryNode {
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
interface SymlinkNode {
  readonly kind: "symlink";
  readonly layer: number;
  readonly target: string;
}
interface OtherNode {
  readonly kind: "other";
  readonly layer: number;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** Names that aufs kept for itself; they hide nothing. */
const AUFS = ".wh..wh.";

/**
 * Makes an empty tree. Layers are applied as the specification says and containerd does: a later layer wins; a whiteout
 * hides what lower layers hold, never its own layer's files, wherever it stands in the archive; the parents of an entry
 * follow symbolic links inside the root, where `..` at the root stays there, as in a chroot. Nothing is ever written to
 * disk, so a link out of the root cannot be followed out of it.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 * @example
 * ```ts
 * import { createFileTree } from "./index.ts";
 * const tree = createFileTree();
 * tree.startLayer();
 * tree.add({ path: "etc/hosts", kind: "file", size: 1 }, new Uint8Array([10]));
 * tree.startLayer();
 * tree.add({ path: "etc/.wh.hosts", kind: "file", size: 0 });
 * tree.readFile("etc/hosts"); // undefined
 * ```
 */
export function createFileTree(): FileTree {
  const root: DirectoryNode = { kind: "directory", layer: 0, children: new Map(), pathLength: 0, hiddenIn: -1 };
  const tree: LayerState = { root, inodes: new Map(), layer: -1, nodes: 0 };
  return {
    startLayer() {
      tree.layer += 1;
    },
    add(entry, content) {
      if (tree.layer < 0) throw new Error("startLayer must be called before add");
      addEntry(tree, entry, content);
    },
    files() {
      const found: (readonly [path: string, file: TreeFile])[] = [];
      for (const [path, node] of nodesBelow(root)) {
        const file = toTreeFile(node);
        if (file !== undefined) found.push([path, file]);
      }
      return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    find: (path) => toTreeFile(walk(root, path.split("/"), true)),
    readFile: (path) => toTreeFile(walk(root, path.split("/"), true))?.content,
    missing: (wants) => missingContent(tree, wants),
    supply(source, content) {
      const inode = tree.inodes.get(sourceKey(source));
      if (inode === undefined) throw new Error(`no file was added as ${source.path} in layer ${source.layer}`);
      inode.content = content;
    },
  };
}

interface LayerState {
  readonly root: DirectoryNode;
  /** The newest file of each source. */
  readonly inodes: Map<string, Inode>;
  layer: number;
  /** Made in all layers so far. */
  nodes: number;
}

function addEntry(tree: LayerState, entry: LayerEntry, content: Uint8Array | undefined): void {
  const segments = cleanPath(entry.path, "the path");
  const { layer } = tree;
  if (segments.at(-1)?.startsWith(WHITEOUT) === true) return applyWhiteout(tree.root, segments, layer);
  switch (entry.kind) {
    case "file": {
      const inode: Inode = {
        layer,
        path: entry.path,
        size: entry.size,
        ...(content === undefined ? {} : { content }),
      };
      tree.inodes.set(sourceKey(inode), inode);
      return place(tree, segments, { kind: "file", layer, inode });
    }
    case "directory":
      return placeDirectory(tree, segments);
    case "symlink":
      return place(tree, segments, { kind: "symlink", layer, target: checkedText(entry.linkPath ?? "", "a link") });
    case "hardlink":
      return place(tree, segments, { ...hardLinkTarget(tree.root, entry.linkPath ?? ""), layer });
    case "other":
      return place(tree, segments, { kind: "other", layer });
  }
}

function hardLinkTarget(root: DirectoryNode, linkPath: string): Exclude<Node, DirectoryNode> {
  const target = walk(root, cleanPath(linkPath, "the hard link target"), false);
  if (target !== undefined && target.kind !== "directory") return target;
  throw new AmapError("ARCHIVE_INVALID", `a hard link names ${shown(linkPath)}, which is no file in the image`);
}

function place(tree: LayerState, segments: readonly string[], node: Node): void {
  const name = segments.at(-1);
  if (name === undefined) throw new AmapError("LAYER_UNSAFE", "an entry that is no directory takes the root's place");
  const parent = makeParent(tree, segments.slice(0, -1));
  countNode(tree, parent, name);
  parent.children.set(name, node);
}

function placeDirectory(tree: LayerState, segments: readonly string[]): void {
  const name = segments.at(-1);
  if (name === undefined) return; // the root itself, which is always there
  const parent = makeParent(tree, segments.slice(0, -1));
  const present = parent.children.get(name);
  if (present?.kind === "directory") present.layer = tree.layer;
  else makeDirectory(tree, parent, name);
}

function makeDirectory(tree: LayerState, parent: DirectoryNode, name: string): DirectoryNode {
  const pathLength = countNode(tree, parent, name);
  const made: DirectoryNode = { kind: "directory", layer: tree.layer, children: new Map(), pathLength, hiddenIn: -1 };
  parent.children.set(name, made);
  return made;
}

/** Counts a node that is about to be made, and gives the length of its path with a slash. */
function countNode(tree: LayerState, parent: DirectoryNode, name: string): number {
  tree.nodes += 1;
  if (tree.nodes > LIMITS.layerEntries) {
    throw new AmapError("LIMIT_EXCEEDED", `an image with more than ${LIMITS.layerEntries} files and folders`);
  }
  const pathLength = parent.pathLength + name.length + 1;
  if (pathLength > LIMITS.pathBytes) {
    throw new AmapError("LAYER_UNSAFE", `${shown(name)} lies deeper than a path of ${LIMITS.pathBytes} bytes reaches`);
  }
  return pathLength;
}

function missingContent(tree: LayerState, wants: (path: string) => boolean): readonly ContentSource[] {
  const found = new Set<Inode>();
  for (const [path, node] of nodesBelow(tree.root)) {
    if (node.kind === "directory" || !wants(path)) continue;
    const file = node.kind === "symlink" ? walk(tree.root, path.split("/"), true) : node;
    if (file?.kind === "file" && file.inode.content === undefined) found.add(file.inode);
  }
  return [...found].map((inode) => {
    if (tree.inodes.get(sourceKey(inode)) !== inode) {
      const where = `layer ${inode.layer} holds ${shown(inode.path)} twice with a hard link to the first`;
      throw new AmapError("NOT_SUPPORTED", `${where}: its content cannot be told apart`);
    }
    return { layer: inode.layer, path: inode.path };
  });
}

/** The segments of an entry's path. `a/../b` is `b`, as containerd cleans it; climbing above the root is refused. */
function cleanPath(path: string, what: string): readonly string[] {
  const segments: string[] = [];
  for (const segment of checkedText(path, what).split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) {
      throw new AmapError("LAYER_UNSAFE", `${what} ${shown(path)} leaves the image's root`);
    }
  }
  return segments;
}

function checkedText(text: string, what: string): string {
  if (text === "") throw new AmapError("LAYER_UNSAFE", `${what} is empty`);
  if (text.includes("\0")) throw new AmapError("LAYER_UNSAFE", `${what} ${shown(text)} holds NUL`);
  if (text.length > LIMITS.pathBytes || encodeUtf8(text).length > LIMITS.pathBytes) {
    throw new AmapError("LAYER_UNSAFE", `${what} ${shown(text)} is longer than ${LIMITS.pathBytes} bytes`);
  }
  return text;
}

/** The directory that holds an entry, made where it is not there; what is no directory gives way to one. */
function makeParent(tree: LayerState, segments: readonly string[]): DirectoryNode {
  const { root } = tree;
  const stack: DirectoryNode[] = [root];
  const pending = segments.toReversed();
  let links = 0;
  for (let segment = pending.pop(); segment !== undefined; segment = pending.pop()) {
    const here = stack.at(-1) ?? root;
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (stack.length > 1) stack.pop();
      continue;
    }
    const child = here.children.get(segment);
    if (child?.kind === "directory") stack.push(child);
    else if (child?.kind === "symlink") {
      links += 1;
      if (links > LIMITS.linkDepth) {
        throw new AmapError("LAYER_UNSAFE", `${shown(segments.join("/"))} leads through a loop of links`);
      }
      if (child.target.startsWith("/")) stack.length = 1;
      pending.push(...child.target.split("/").toReversed());
    } else stack.push(makeDirectory(tree, here, segment));
  }
  return stack.at(-1) ?? root;
}

/** What a path leads to; undefined for nothing, for a file taken as a directory, and for a loop of links. */
function walk(root: DirectoryNode, segments: readonly string[], followLast: boolean): Node | undefined {
  const stack: DirectoryNode[] = [root];
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
      if (child.target.startsWith("/")) stack.length = 1;
      pending.push(...child.target.split("/").toReversed());
    } else if (child.kind === "directory") stack.push(child);
    else return isLast ? child : undefined;
  }
  return stack.at(-1);
}

function applyWhiteout(root: DirectoryNode, segments: readonly string[], layer: number): void {
  const marker = segments.at(-1) ?? "";
  const parent = walk(root, segments.slice(0, -1), true);
  if (marker === OPAQUE) {
    if (parent?.kind === "directory") hideLower(parent, layer);
    return;
  }
  if (marker.startsWith(AUFS)) return;
  const name = marker.slice(WHITEOUT.length);
  if (name === "" || name === "." || name === "..") {
    throw new AmapError("LAYER_UNSAFE", `the whiteout ${shown(segments.join("/"))} names no file`);
  }
  const hidden = parent?.kind === "directory" ? parent.children.get(name) : undefined;
  if (parent?.kind !== "directory" || hidden === undefined) return;
  if (hidden.kind === "directory") hideLower(hidden, layer);
  if (hidden.layer < layer && (hidden.kind !== "directory" || hidden.children.size === 0)) parent.children.delete(name);
}

/** Removes what lower layers put below a directory; a directory stays where this layer's files are in it. */
function hideLower(directory: DirectoryNode, layer: number): void {
  if (directory.hiddenIn === layer) return;
  directory.hiddenIn = layer;
  for (const [name, child] of directory.children) {
    if (child.kind === "directory") hideLower(child, layer);
    if (child.layer < layer && (child.kind !== "directory" || child.children.size === 0)) {
      directory.children.delete(name);
    }
  }
}

function* nodesBelow(root: DirectoryNode): Generator<readonly [path: string, node: Node]> {
  const open: (readonly [prefix: string, directory: DirectoryNode])[] = [["", root]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, child] of next[1].children) {
      const path = next[0] + name;
      yield [path, child];
      if (child.kind === "directory") open.push([`${path}/`, child]);
    }
  }
}

function toTreeFile(node: Node | undefined): TreeFile | undefined {
  if (node?.kind !== "file") return undefined;
  const { content, size } = node.inode;
  return { ...(content === undefined ? {} : { content }), size, layer: node.layer };
}

function sourceKey(source: ContentSource): string {
  return `${source.layer}:${source.path}`;
}

function shown(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
