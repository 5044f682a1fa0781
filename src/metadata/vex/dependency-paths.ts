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

  /**
   * Whether every path from this component to the top is cut, and by which components, those nearest to it. What nothing
   * depends on counts as a top as the root does, since a graph may be incomplete.
   */
  cutsOf(component: string, isCut: (ancestor: string) => boolean): DependencyCuts {
    const cuts = new Set<string>();
    const isOpen = this.#reachesTop(component, (ancestor) => {
      if (!isCut(ancestor)) return false;
      cuts.add(ancestor);
      return true;
    });
    // A circle that no top is above has no path at all, which is no proof.
    const isClosed = !isOpen && cuts.size > 0 && this.#reachesTop(component, () => false);
    return { cuts: [...cuts], isClosed };
  }

  /** Goes on after a top was reached, so that every cut below one is met. */
  #reachesTop(component: string, isCut: (ancestor: string) => boolean): boolean {
    const seen = new Set([component]);
    const pending = [component];
    let isReached = false;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at !== component && isCut(at)) continue;
      const parents = this.#parents.get(at);
      isReached ||= at === this.#root || parents === undefined;
      for (const parent of parents ?? []) {
        if (seen.has(parent)) continue;
        seen.add(parent);
        pending.push(parent);
      }
    }
    return isReached;
  }
}
