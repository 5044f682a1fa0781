import { AmapError, compareText, encodeUtf8, LIMITS } from "../base/index.ts";
import { missingContent, pathsTo } from "./tree-paths.ts";
import {
  type ContentSource,
  type DirectoryNode,
  type FileNode,
  type Inode,
  type LayerState,
  locate,
  type Node,
  nodesBelow,
  pushTarget,
  shown,
  sourceKey,
  sourceOf,
  walk,
} from "./tree-walk.ts";

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
  /** Which layer the name comes from, counted from 0 (the base). */
  readonly layer: number;
  /** Where its content is stored; names that share it are hard links, or symbolic links to the same file. */
  readonly source: ContentSource;
}

export type { ContentSource };

/** The files of an image: its layers applied one over the other. Paths have no leading slash and no `.` or `..`. */
export interface FileTree {
  /** Begins the next layer; the first call begins the base. */
  startLayer(): void;
  /**
   * Applies one entry of the layer, in the archive's order, with the content where it is to be kept.
   * @throws {AmapError} LAYER_UNSAFE (a path or hard link that leaves the root, NUL, LIMITS.pathBytes, a loop of links
   * on the way), ARCHIVE_INVALID (a hard link to nothing), LIMIT_EXCEEDED (LIMITS.layerEntries and linkSegments, here
   * for all layers together)
   */
  add(entry: LayerEntry, content?: Uint8Array): void;
  /** All regular files, sorted by path (by UTF-16 code units); hard links are files, symbolic links are not listed. */
  files(): ReadonlyMap<string, TreeFile>;
  /** The same files one after the other, in no order: of a folder with millions no list is made. */
  eachFile(): Iterable<readonly [path: string, file: TreeFile]>;
  /** The regular file that a path leads to, symbolic links followed inside the root; undefined for anything else. */
  find(path: string): TreeFile | undefined;
  /** The kept content of the file that a path leads to; undefined where there is no such file or it was not kept. */
  readFile(path: string): Uint8Array | undefined;
  /**
   * The paths to look at, sorted. These are names of files and of symbolic links to files for which `kindOf` gives a
   * kind, and `places`: paths in which `*` stands for any one name and which are looked up through links to folders, as
   * a program in the container would. A path through a link is left out where the file has a name of the same kind
   * without one.
   * @throws {AmapError} LIMIT_EXCEEDED (LIMITS.linkSegments)
   */
  pathsTo(kindOf: (path: string) => string | undefined, places: readonly string[]): readonly string[];
  /**
   * What is still to be read: where the content of the files that these paths lead to lies where it was not kept,
   * because the paths were wanted and the names under which the files are stored were not. Read those entries again and
   * give them to `supply`; then nothing wanted is silently absent.
   * @throws {AmapError} NOT_SUPPORTED where a layer holds such an entry twice, so that the path does not say which
   */
  missing(paths: Iterable<string>): readonly ContentSource[];
  /** Adds the content that `missing` asked for, for all names of the file. */
  supply(source: ContentSource, content: Uint8Array): void;
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
  const root: DirectoryNode = {
    kind: "directory",
    layer: 0,
    name: "",
    children: new Map(),
    pathLength: 0,
    hiddenIn: -1,
  };
  const tree: LayerState = { root, inodes: new Map(), plain: [], layer: -1, nodes: 0, linkSegments: 0 };
  return {
    startLayer() {
      tree.layer += 1;
      tree.plain.push({ node: { kind: "file", layer: tree.layer }, prefix: undefined });
    },
    add(entry, content) {
      if (tree.layer < 0) throw new Error("startLayer must be called before add");
      addEntry(tree, entry, content);
    },
    files: () => new Map([...filesOf(tree)].sort(([a], [b]) => compareText(a, b))),
    eachFile: () => filesOf(tree),
    find: (path) => findFile(tree, path),
    readFile: (path) => findFile(tree, path)?.content,
    pathsTo: (kindOf, places) => pathsTo(tree, kindOf, places),
    missing: (paths) => missingContent(tree, paths),
    supply(source, content) {
      inodeAt(tree, source).content = content;
    },
  };
}

function addEntry(tree: LayerState, entry: LayerEntry, content: Uint8Array | undefined): void {
  const segments = cleanPath(entry.path, "the path");
  const { layer } = tree;
  if (segments.at(-1)?.startsWith(WHITEOUT) === true) return applyWhiteout(tree, segments, layer);
  switch (entry.kind) {
    case "file":
      return placeFile(tree, segments, entry.path, content);
    case "directory":
      return placeDirectory(tree, segments);
    case "symlink":
      return place(tree, segments, { kind: "symlink", layer, target: cleanTarget(entry.linkPath ?? "") });
    case "hardlink":
      return place(tree, segments, { ...hardLinkTarget(tree, entry.linkPath ?? ""), layer });
    case "other":
      return place(tree, segments, { kind: "other", layer });
  }
}

/** Places a file: without an inode where the tree itself tells where its content is stored. */
function placeFile(tree: LayerState, segments: readonly string[], written: string, content?: Uint8Array): void {
  const { layer } = tree;
  const plain = tree.plain[layer];
  const clean = segments.join("/");
  if (plain !== undefined) plain.prefix ??= written.startsWith("./") ? "./" : "";
  const parent = makeParent(tree, segments.slice(0, -1));
  const isPlain =
    content === undefined &&
    plain !== undefined &&
    written === plain.prefix + clean &&
    !parent.isThroughLink &&
    !(tree.inodes.size > 0 && tree.inodes.has(sourceKey({ layer, path: written })));
  if (isPlain) return placeIn(tree, parent.directory, segments, plain.node);
  const inode: Inode = { layer, path: written, ...(content === undefined ? {} : { content }) };
  tree.inodes.set(sourceKey(inode), inode);
  placeIn(tree, parent.directory, segments, { kind: "file", layer, inode });
}

/** What is placed under a second name; a plain file gets an inode for both. */
function hardLinkTarget(tree: LayerState, linkPath: string): Exclude<Node, DirectoryNode> {
  const found = locate(tree, cleanPath(linkPath, "the hard link target"), false);
  if (found !== undefined && found.node.kind !== "directory") return withInode(tree, found.node, found);
  throw new AmapError("ARCHIVE_INVALID", `a hard link names ${shown(linkPath)}, which is no file in the image`);
}

function withInode<T extends Exclude<Node, DirectoryNode>>(
  tree: LayerState,
  node: T,
  { parent, name, path }: { readonly parent: DirectoryNode; readonly name: string; readonly path: string },
): T | FileNode {
  if (node.kind !== "file" || node.inode !== undefined) return node;
  const inode: Inode = { ...sourceOf(tree, node, path) };
  tree.inodes.set(sourceKey(inode), inode);
  const made: FileNode = { kind: "file", layer: node.layer, inode };
  parent.children.set(name, made);
  return made;
}

/** The inode of a source that was asked for. */
function inodeAt(tree: LayerState, source: ContentSource): Inode {
  const known = tree.inodes.get(sourceKey(source));
  if (known !== undefined) return known;
  const prefix = tree.plain[source.layer]?.prefix ?? "";
  const found = locate(tree, source.path.slice(prefix.length).split("/"), false);
  if (found?.node.kind === "file" && found.node.layer === source.layer) {
    const made = withInode(tree, found.node, found);
    if (made.inode !== undefined) return made.inode;
  }
  throw new Error(`no file was added as ${source.path} in layer ${source.layer}`);
}

function place(tree: LayerState, segments: readonly string[], node: Node): void {
  placeIn(tree, makeParent(tree, segments.slice(0, -1)).directory, segments, node);
}

function placeIn(tree: LayerState, parent: DirectoryNode, segments: readonly string[], node: Node): void {
  const name = segments.at(-1);
  if (name === undefined) throw new AmapError("LAYER_UNSAFE", "an entry that is no directory takes the root's place");
  countNode(tree, parent, name);
  parent.children.set(ownText(name), node);
}

/** Longer names are views of the path that they were cut out of, and would keep all of it in memory. */
const LONGEST_COPY = 12;

/** The same text, cut out of nothing longer than itself and one character. */
function ownText(text: string): string {
  return text.length <= LONGEST_COPY ? text : ` ${text}`.slice(1);
}

function placeDirectory(tree: LayerState, segments: readonly string[]): void {
  const name = segments.at(-1);
  if (name === undefined) return; // the root itself, which is always there
  const parent = makeParent(tree, segments.slice(0, -1)).directory;
  const present = parent.children.get(name);
  if (present?.kind === "directory") present.layer = tree.layer;
  else makeDirectory(tree, parent, name);
}

function makeDirectory(tree: LayerState, parent: DirectoryNode, name: string): DirectoryNode {
  const pathLength = countNode(tree, parent, name);
  const made: DirectoryNode = {
    kind: "directory",
    name: ownText(name),
    layer: tree.layer,
    children: new Map(),
    pathLength,
    hiddenIn: -1,
  };
  parent.children.set(made.name, made);
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

/**
 * A link's target without the segments that lead nowhere: they would be walked again for every path through the link. A
 * last `.` stays for a target that must be a directory; `..` stays, since only the walk knows where it leads.
 */
function cleanTarget(text: string): string {
  const segments = checkedText(text, "a link").split("/");
  const last = segments.at(-1);
  const kept = segments.filter((segment) => segment !== "" && segment !== ".");
  if (last === "" || last === ".") kept.push(".");
  return (text.startsWith("/") ? "/" : "") + kept.join("/");
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
function makeParent(
  tree: LayerState,
  segments: readonly string[],
): { readonly directory: DirectoryNode; readonly isThroughLink: boolean } {
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
      pushTarget(tree, child, stack, pending);
    } else stack.push(makeDirectory(tree, here, segment));
  }
  return { directory: stack.at(-1) ?? root, isThroughLink: links > 0 };
}

function applyWhiteout(tree: LayerState, segments: readonly string[], layer: number): void {
  const marker = segments.at(-1) ?? "";
  const parent = walk(tree, segments.slice(0, -1), true);
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

function* filesOf(tree: LayerState): Generator<readonly [path: string, file: TreeFile]> {
  for (const [path, node] of nodesBelow(tree.root)) {
    if (node.kind === "file") yield [path, toTreeFile(tree, node, path)];
  }
}

function findFile(tree: LayerState, path: string): TreeFile | undefined {
  const found = locate(tree, path.split("/"), true);
  return found?.node.kind === "file" ? toTreeFile(tree, found.node, found.path) : undefined;
}

function toTreeFile(tree: LayerState, node: FileNode, path: string): TreeFile {
  const content = node.inode?.content;
  return {
    ...(content === undefined ? {} : { content }),
    layer: node.layer,
    source: sourceOf(tree, node, path),
  };
}
