import { absolute, type ResultBuilder } from "./cataloger.ts";

/** Packages that one dependency is shown to lead to. Hardly anything real has more to choose from. */
const MOST_PROVIDERS = 64;

/** What is provided, and by which packages. */
export interface Provided {
  readonly name: string;
  /** The first {@link MOST_PROVIDERS} that were added. */
  readonly refs: ReadonlySet<string>;
  /** Whether there are more. */
  readonly isCut: boolean;
}

/** Packages by what they provide: n packages that all provide and need one thing must not become n × n references. */
export class Providers {
  readonly #byName = new Map<string, { readonly name: string; readonly refs: Set<string>; isCut: boolean }>();

  /** Packages must be added in an order that the database's own order does not change. */
  add(name: string, ref: string): void {
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, { name, refs: new Set([ref]), isCut: false });
    else if (known.refs.size < MOST_PROVIDERS) known.refs.add(ref);
    else if (!known.refs.has(ref)) known.isCut = true;
  }

  of(name: string): Provided | undefined {
    return this.#byName.get(name);
  }
}

/** Names shown in one note, and their characters. */
const SHOWN = 5;
const SHOWN_LENGTH = 100;

/** The dependencies of one database's packages, with a note where not all of them are shown. */
export class Dependencies {
  readonly #builder: ResultBuilder;
  readonly #cut = new Set<string>();

  constructor(builder: ResultBuilder) {
    this.#builder = builder;
  }

  /** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies */
  add(ref: string, needs: readonly Provided[]): void {
    const targets = new Set<string>();
    for (const { name, refs, isCut } of needs) {
      this.#builder.countDependencies(refs.size);
      for (const target of refs) targets.add(target);
      if (isCut) this.#cut.add(name);
    }
    targets.delete(ref);
    this.#builder.dependencies.set(ref, [...targets].sort());
  }

  finish(path: string): void {
    if (this.#cut.size === 0) return;
    const names = [...this.#cut].slice(0, SHOWN).map((name) => name.slice(0, SHOWN_LENGTH));
    const more = this.#cut.size > SHOWN ? ` and ${this.#cut.size - SHOWN} more` : "";
    this.#builder.addNotLookedAt(
      absolute(path),
      `more than ${MOST_PROVIDERS} packages provide ${names.join(", ")}${more}: dependencies on these name the first ${MOST_PROVIDERS}`,
    );
  }
}
