import { AmapError, compareText, LIMITS } from "../../../base/index.ts";
import { withObjectRemainder } from "../remainder.ts";
import type { Component, Sbom } from "../sbom.ts";

/** An SBOM with a name for messages: its file. */
export interface MergeInput {
  readonly name: string;
  readonly sbom: Sbom;
}

export interface MergeOptions {
  /** What the merged SBOM describes. */
  readonly subject: { readonly name: string; readonly version?: string };
  /**
   * `hierarchical`: components of each document are parts of what it describes, where they are part of nothing else;
   * `flat`: they all stand beside each other.
   */
  readonly order: "hierarchical" | "flat";
  readonly createdAt: string;
  readonly serialNumber: string;
  readonly tools: Sbom["tools"];
}

/** Something that two documents say in different ways of one component; the first is kept. */
export interface MergeConflict {
  /** The component, by reference in the merged SBOM; left out where it is about a whole document. */
  readonly ref?: string;
  readonly field: string;
  readonly kept: string;
  readonly other: string;
  /** The document that says the other. */
  readonly from: string;
}

export interface MergedSbom {
  readonly sbom: Sbom;
  readonly conflicts: readonly MergeConflict[];
}

/**
 * Makes one SBOM of several: what they describe become components of it, and each component is there once, by its package
 * URL (or group, name and version) and hashes. Components of one package URL whose hashes contradict each other are two.
 * Where documents say different things of one component, the first is kept and the conflict told.
 * @throws {AmapError} VALUE_INVALID without a document; LIMIT_EXCEEDED above LIMITS.components
 * @example
 * ```ts
 * import { mergeSboms, readSbom } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const read = readSbom(encodeUtf8('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a"}]}'));
 * const { sbom } = mergeSboms(read.ok ? [{ name: "a", sbom: read.value.sbom }, { name: "b", sbom: read.value.sbom }] : [], {
 *   subject: { name: "shop" },
 *   order: "flat",
 *   createdAt: "2026-11-23T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [],
 * });
 * sbom.components.length; // 1
 * ```
 */
export function mergeSboms(inputs: readonly MergeInput[], options: MergeOptions): MergedSbom {
  if (inputs.length === 0) throw new AmapError("VALUE_INVALID", "expected at least one SBOM to merge, found none");
  const pool = new Pool();
  const { name, version } = options.subject;
  const plain = { licenses: [], hashes: [], locations: [], scope: "production" } as const;
  const subject: Component = {
    ref: pool.reserve(version === undefined ? `merged:${name}` : `merged:${name}@${version}`),
    kind: "application",
    name,
    ...(version === undefined ? {} : { version }),
    ...plain,
  };
  const roots = new Set<string>();
  for (const input of inputs) for (const root of pool.take(input, options.order)) roots.add(root);
  const sboms = inputs.map(({ sbom }) => sbom);
  const sbom: Sbom = {
    serialNumber: options.serialNumber,
    createdAt: options.createdAt,
    authors: [...new Set(sboms.flatMap(({ authors }) => authors))],
    tools: distinct([...sboms.flatMap(({ tools }) => tools), ...options.tools]),
    subject,
    components: pool.components(),
    dependencies: pool.dependencies(subject.ref, [...roots].sort()),
    notLookedAt: distinct(sboms.flatMap(({ notLookedAt }) => notLookedAt)),
  };
  return { sbom, conflicts: pool.conflicts };
}

function distinct<T extends object>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** The components of several documents, each once. */
class Pool {
  readonly conflicts: MergeConflict[] = [];
  readonly #refs = new Set<string>();
  readonly #byRef = new Map<string, Component>();
  readonly #byIdentity = new Map<string, string[]>();
  readonly #edges = new Map<string, Set<string>>();

  reserve(ref: string): string {
    let free = ref;
    for (let number = 2; this.#refs.has(free); number++) free = `${ref}#${number}`;
    this.#refs.add(free);
    return free;
  }

  /** Adds a document's components and returns what it describes, or else what nothing in it depends on. */
  take({ name, sbom }: MergeInput, order: MergeOptions["order"]): readonly string[] {
    const hasSubject = sbom.subject.name !== "";
    const all = hasSubject ? [sbom.subject, ...sbom.components] : sbom.components;
    const refs = new Map(all.map((component) => [component.ref, this.#add(component, name)] as const));
    const subject = hasSubject ? refs.get(sbom.subject.ref) : undefined;
    for (const component of all) {
      const ref = refs.get(component.ref) ?? "";
      const stated = component.partOf === undefined ? undefined : refs.get(component.partOf);
      const outer = order === "hierarchical" && ref !== subject ? subject : undefined;
      for (const parent of [stated, outer]) if (parent !== undefined) this.#makePart(ref, parent);
    }
    for (const [ref, targets] of sbom.dependencies) {
      const from = refs.get(ref);
      if (from === undefined) continue;
      const known = this.#edges.get(from) ?? new Set<string>();
      for (const target of targets) {
        const to = refs.get(target);
        if (to !== undefined && to !== from) known.add(to);
      }
      this.#edges.set(from, known);
    }
    this.#tellDocument(name, sbom);
    if (subject !== undefined) return [subject];
    const depended = new Set([...sbom.dependencies.values()].flat());
    return sbom.components.filter(({ ref }) => !depended.has(ref)).flatMap(({ ref }) => refs.get(ref) ?? []);
  }

  components(): readonly Component[] {
    return [...this.#byRef.values()].sort((a, b) => compareText(a.ref, b.ref));
  }

  dependencies(subject: string, roots: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const edges = [...this.#edges].map(([ref, targets]) => [ref, [...targets].sort()] as const);
    return new Map([...edges, [subject, roots] as const].sort(([a], [b]) => compareText(a, b)));
  }

  /** What a document says of itself is not the merged one's. */
  #tellDocument(from: string, sbom: Sbom): void {
    const members = (sbom.remainders ?? []).flatMap(({ members: kept }) => Object.keys(kept));
    if (members.length === 0) return;
    const other = members.slice(0, 10).join(", ");
    this.conflicts.push({ field: "document", kept: "none", other, from });
  }

  #makePart(ref: string, parent: string): void {
    const component = this.#byRef.get(ref);
    if (component === undefined || component.partOf !== undefined || this.#isInside(parent, ref)) return;
    this.#byRef.set(ref, { ...component, partOf: parent });
  }

  /** Whether a component is another one, or a part of it: nothing may be a part of itself. */
  #isInside(ref: string, outer: string): boolean {
    const seen = new Set<string>();
    for (let at: string | undefined = ref; at !== undefined && !seen.has(at); at = this.#byRef.get(at)?.partOf) {
      if (at === outer) return true;
      seen.add(at);
    }
    return false;
  }

  #add(component: Component, from: string): string {
    const identity = identityOf(component);
    const known = this.#byIdentity.get(identity) ?? [];
    for (const ref of known) {
      const same = this.#byRef.get(ref);
      if (same === undefined || !areHashesCompatible(same, component)) continue;
      this.#byRef.set(ref, this.#join(same, component, from));
      return ref;
    }
    const ref = this.reserve(component.ref);
    if (this.#refs.size > LIMITS.components) {
      throw new AmapError("LIMIT_EXCEEDED", `the merged SBOM has more than ${LIMITS.components} components`);
    }
    const { partOf: _, ...rest } = component;
    this.#byRef.set(ref, { ...withoutMembersOfOwn(rest), ref });
    this.#byIdentity.set(identity, [...known, ref]);
    return ref;
  }

  /** What both say; what only one of them says; and of what they say in different ways the first. */
  #join(first: Component, other: Component, from: string): Component {
    for (const field of SINGLE_FIELDS) {
      const [kept, found] = [shownOf(first[field]), shownOf(other[field])];
      if (kept === "" || found === "" || kept === found) continue;
      this.conflicts.push({ ref: first.ref, field, kept, other: found, from });
    }
    return joinComponents(first, other);
  }
}

/** Fields of which a component has one. */
const SINGLE_FIELDS = [
  "description",
  "copyright",
  "supplier",
  "licenses",
  "concludedLicenses",
  "scope",
  "kind",
] as const;

function shownOf(value: string | readonly string[] | undefined): string {
  return typeof value === "object" ? [...value].sort().join(", ") : (value ?? "");
}

function joinComponents(first: Component, other: Component): Component {
  // What is not stated must not hide what the other one states; refs and members of the other document mean nothing here.
  const stated = Object.fromEntries(Object.entries(first).filter(([, value]) => !isEmptyList(value)));
  const { partOf: _partOf, remainders: _remainders, ...extra } = other;
  const both = { ...extra, ...stated } as Component;
  const lists = {
    references: distinct([...(first.references ?? []), ...(other.references ?? [])]),
    properties: distinct([...(first.properties ?? []), ...(other.properties ?? [])]),
    cpes: [...new Set([...(first.cpes ?? []), ...(other.cpes ?? [])])],
  };
  const { parties: _, ...rest } = both;
  const parties = first.parties ?? (first.supplier === undefined ? other.parties : undefined);
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
    ...(parties === undefined ? {} : { parties }),
    hashes: distinct([...first.hashes, ...other.hashes]),
    locations: [...new Set([...first.locations, ...other.locations])].sort(),
    // What one document needs in production is needed there.
    scope: first.scope === "production" || other.scope === "production" ? "production" : first.scope,
  };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function identityOf({ purl, group, name, version, kind }: Component): string {
  return purl ?? [kind, group ?? "", name, version ?? ""].join("\n");
}

/** Whether no algorithm has given the two different hashes. */
function areHashesCompatible(a: Component, b: Component): boolean {
  const own = new Map<string, Set<string>>();
  for (const { algorithm, value } of a.hashes) own.set(algorithm, (own.get(algorithm) ?? new Set()).add(value));
  return b.hashes.every(({ algorithm, value }) => own.get(algorithm)?.has(value) ?? true);
}

/** An id that an SPDX document gave is not one in the merged document. */
function withoutMembersOfOwn(component: Omit<Component, "partOf">): Omit<Component, "partOf"> {
  const spdx = component.remainders?.find(({ format }) => format === "SPDX");
  if (spdx === undefined) return component;
  const { remainders: all, ...rest } = component;
  const { SPDXID: _, ...members } = spdx.members;
  const kept = { members, ...(spdx.absent === undefined ? {} : { absent: spdx.absent }) };
  const remainders = withObjectRemainder(all, spdx, Object.keys(members).length === 0 ? undefined : kept);
  return remainders === undefined ? rest : { ...rest, remainders };
}
