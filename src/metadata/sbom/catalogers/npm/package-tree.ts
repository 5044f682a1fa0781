import type { Component, ComponentHash } from "../../sbom.ts";
import { folderOf } from "../cataloger.ts";

/** A package at its place in a folder tree, as a lock file or an installed package.json states it. */
export interface PackageNode {
  /** Folder without leading slash: `app/node_modules/express`; empty for a project at the root. */
  readonly folder: string;
  /** A project's own root, or a package that it uses. */
  readonly kind: "root" | "package";
  readonly name: string;
  readonly version?: string;
  /** Where it comes from, when that is not the registry. */
  readonly origin?: { readonly vcsUrl: string } | { readonly downloadUrl: string };
  readonly licenses: readonly string[];
  readonly hashes: readonly ComponentHash[];
  readonly scope: Component["scope"];
  /** Names it asks for; undefined where the source does not say. */
  readonly needs?: readonly string[];
  /** Files that state it, without leading slash. */
  readonly statedBy: readonly string[];
  /** The project whose node_modules/.package-lock.json alone states it: npm's memory of what it installed there. */
  readonly rememberedBy?: string;
}

/** Packages by folder, looked up as Node looks modules up. */
export class PackageTree {
  readonly #nodes = new Map<string, PackageNode>();
  /** Packages that a lock file names at a folder where something else is installed. */
  readonly #displaced: PackageNode[] = [];
  readonly #links = new Map<string, string>();

  /** What is on disk at a folder decides; the lock file adds hashes and scope where it speaks of the same version. */
  addInstalled(node: PackageNode): void {
    const locked = this.#nodes.get(node.folder);
    if (locked === undefined) {
      this.#nodes.set(node.folder, node);
      return;
    }
    const same = locked.name === node.name && locked.version === node.version;
    if (!same && locked.kind === "package") {
      if (locked.rememberedBy === undefined) this.#displaced.push(locked);
      this.#nodes.set(node.folder, node);
      return;
    }
    this.#nodes.set(node.folder, {
      ...withoutMemory(locked),
      ...node,
      kind: locked.kind,
      licenses: node.licenses.length > 0 ? node.licenses : locked.licenses,
      hashes: locked.hashes,
      scope: locked.scope,
      ...unionOfNeeds(locked, node),
      statedBy: [...new Set([...locked.statedBy, ...node.statedBy])],
    });
  }

  /** A lock file's entry. A second lock file that names the same folder adds what the first does not say. */
  addLocked(node: PackageNode): void {
    const known = this.#nodes.get(node.folder);
    if (known === undefined) {
      this.#nodes.set(node.folder, node);
    } else if (known.name === node.name && known.version === node.version) {
      const { rememberedBy } = node;
      this.#nodes.set(node.folder, {
        ...node,
        ...(rememberedBy === undefined ? withoutMemory(known) : known),
        licenses: known.licenses.length > 0 ? known.licenses : node.licenses,
        hashes: known.hashes.length > 0 ? known.hashes : node.hashes,
        ...unionOfNeeds(known, node),
        statedBy: [...new Set([...known.statedBy, ...node.statedBy])],
      });
    } else {
      this.#displaced.push(node);
    }
  }

  /** A symbolic link in node_modules to a folder of the project (workspaces, `file:` dependencies). */
  addLink(folder: string, target: string): void {
    this.#links.set(folder, target);
  }

  /** What npm remembers and is on disk no more is not there: a later layer, or a person, took it away. */
  forget(isGone: (node: PackageNode, project: string) => boolean): void {
    for (const [folder, node] of this.#nodes) {
      if (node.rememberedBy !== undefined && isGone(node, node.rememberedBy)) this.#nodes.delete(folder);
    }
  }

  has(folder: string): boolean {
    return this.#nodes.has(folder);
  }

  all(): readonly PackageNode[] {
    return [...this.#nodes.values(), ...this.#displaced];
  }

  /** The package that `name` means inside a folder: in its own node_modules, or in those of the folders above. */
  resolve(fromFolder: string, name: string): PackageNode | undefined {
    let folder = fromFolder;
    for (;;) {
      if (!folder.endsWith("/node_modules") && folder !== "node_modules") {
        const candidate = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
        const found = this.#nodes.get(this.#links.get(candidate) ?? candidate);
        if (found !== undefined) return found;
      }
      if (folder === "") return undefined;
      folder = folderOf(folder);
    }
  }
}

function withoutMemory(node: PackageNode): PackageNode {
  const { rememberedBy: _, ...kept } = node;
  return kept;
}

function unionOfNeeds(a: PackageNode, b: PackageNode): { readonly needs?: readonly string[] } {
  if (a.needs === undefined && b.needs === undefined) return {};
  return { needs: [...new Set([...(a.needs ?? []), ...(b.needs ?? [])])] };
}

/** The name that a folder under node_modules gives a package: `app/node_modules/@a/b` is `@a/b`. */
export function nameFromFolder(folder: string): string {
  const marker = "node_modules/";
  const at = folder.lastIndexOf(marker);
  if (at !== -1 && (at === 0 || folder[at - 1] === "/")) return folder.slice(at + marker.length);
  return folder.slice(folder.lastIndexOf("/") + 1);
}
