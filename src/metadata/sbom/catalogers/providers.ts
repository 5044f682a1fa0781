import { compareText } from "../../../base/index.ts";
import type { Component } from "../sbom.ts";
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

/** An installed package with what it needs and provides. */
export interface InstalledPackage {
  readonly component: Component;
  /** Names, and lists of names of which one is enough. Left out where the source does not say. */
  readonly needs?: readonly (string | readonly string[])[];
  /** Beside its own name. */
  readonly provides: readonly string[];
}

/** The packages sorted by reference, of each reference the first that was stated. */
export function firstOfEach<T extends { readonly component: Component }>(installed: readonly T[]): readonly T[] {
  const sorted = [...installed].sort((a, b) => compareText(a.component.ref, b.component.ref));
  return sorted.filter((each, index) => each.component.ref !== sorted[index - 1]?.component.ref);
}

/**
 * Adds packages to a result, of those with one reference the first, each with the packages that have or provide what it needs: of a list of names those of the
 * first that anybody provides. The database's own order does not change what comes out.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies
 */
export function addInstalled(installed: readonly InstalledPackage[], builder: ResultBuilder): void {
  const sorted = firstOfEach(installed);
  const providers = new Providers();
  for (const { component, provides } of sorted) {
    for (const name of new Set([component.name, ...provides])) providers.add(name, component.ref);
  }
  const dependencies = new Dependencies(builder);
  for (const { component, needs } of sorted) {
    builder.components.push(component);
    if (needs !== undefined)
      dependencies.add(
        component.ref,
        needs.flatMap((need) => resolve(need, providers)),
      );
  }
  dependencies.finish(installed[0]?.component.locations[0] ?? "");
}

function resolve(need: string | readonly string[], providers: Providers): readonly Provided[] {
  for (const name of typeof need === "string" ? [need] : need) {
    const provided = providers.of(name);
    if (provided !== undefined) return [provided];
  }
  return [];
}
