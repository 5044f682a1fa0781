/** Who depends on whom. */
export interface DependencyGraph {
  /** The described product, where it is part of the graph. */
  readonly root?: string;
  /** From a component to those it depends on: package URLs, and other names of components that have none. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
}

/** What cuts the paths from a component to the top. */
interface DependencyCuts {
  readonly cuts: readonly string[];
  readonly isClosed: boolean;
  /** One path that is not cut, from the top down to the component. */
  readonly openPath?: readonly string[];
}

/** The paths of a dependency graph, seen from below. */
export class DependencyPaths {
  readonly #parents = new Map<string, Set<string>>();
  readonly #root: string | undefined;

  constructor({ root, edges }: DependencyGraph) {
    this.#root = root;
    for (const [parent, children] of edges) {
      for (const child of children) {
        const parents = this.#parents.get(child);
        if (parents === undefined) this.#parents.set(child, new Set([parent]));
        else parents.add(parent);
      }
    }
  }

  /** Every name that something is below. */
  *ancestors(): Iterable<string> {
    for (const parents of this.#parents.values()) yield* parents;
  }

  /**
   * Whether every path from this component to the top is cut, and by which components, those nearest to it. What nothing
   * depends on counts as a top as the root does, since a graph may be incomplete.
   */
  cutsOf(component: string, isCut: (ancestor: string) => boolean): DependencyCuts {
    const cuts = new Set<string>();
    const openPath = this.#pathFromTop(component, (ancestor) => {
      if (!isCut(ancestor)) return false;
      cuts.add(ancestor);
      return true;
    });
    if (openPath !== undefined) return { cuts: [...cuts], isClosed: false, openPath };
    // A circle that no top is above has no path at all, which is no proof.
    const isClosed = cuts.size > 0 && this.#pathFromTop(component, () => false) !== undefined;
    return { cuts: [...cuts], isClosed };
  }

  /** Goes on after a top was reached, so that every cut below one is met. */
  #pathFromTop(component: string, isCut: (ancestor: string) => boolean): readonly string[] | undefined {
    /** From what was seen to what it was reached from. */
    const below = new Map<string, string | undefined>([[component, undefined]]);
    const pending = [component];
    let top: string | undefined;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at !== component && isCut(at)) continue;
      const parents = this.#parents.get(at);
      if (at === this.#root || parents === undefined) top ??= at;
      for (const parent of parents ?? []) {
        if (below.has(parent)) continue;
        below.set(parent, at);
        pending.push(parent);
      }
    }
    if (top === undefined) return undefined;
    const path: string[] = [];
    for (let at: string | undefined = top; at !== undefined; at = below.get(at)) path.push(at);
    return path;
  }
}
