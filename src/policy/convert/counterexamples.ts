import { isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import type { Operation, PolicyInput } from "../evaluate/input.ts";
import { pluralOf } from "../resource/built-in-kinds.ts";
import { findKubernetesKind, kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { ResourceSchema } from "../resource/resource-schema.ts";
import type { ConvertedPart } from "./converted-rule.ts";
import { type FieldType, typeOfKinds } from "./field-types.ts";
import { type PolicyWords, wordsOf } from "./policy-words.ts";

/** Objects and requests that try whether a rule and what it was converted to say the same. */
export interface CounterexampleOptions {
  readonly count: number;
  /** The same seed, the same objects. */
  readonly seed: string;
}

/** Levels of an object that are filled, and items of a list. */
const MAX_DEPTH = 12;
const MAX_ITEMS = 3;
/** Texts that some objects keep to. */
const FOCUS = 3;

/**
 * Requests that seek a counterexample: objects of the rule's kinds, and of the controllers it is extended to, in which
 * what the rule speaks of is there or missing, is as the rule's values have it or nearly so, in lists of no, one or
 * several items. They are what an API server lets through: of the types of their fields, without nulls.
 *
 * @example
 * ```ts
 * import { convertPolicy, decodePolicies, makeCounterexamples } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: named}
 * spec:
 *   rules:
 *   - name: team
 *     match: {any: [{resources: {kinds: [ConfigMap]}}]}
 *     validate: {message: say who, pattern: {metadata: {labels: {team: "?*"}}}}
 * `, "named.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const [rule] = policy?.kind === "ClusterPolicy" ? convertPolicy(policy).converted : [];
 * const made = rule === undefined ? [] : makeCounterexamples(rule, policy!.policy as never, { count: 5, seed: "1" });
 * made.length; // 5
 * ```
 */
export function makeCounterexamples(
  rule: ConvertedPart,
  source: Value,
  { count, seed }: CounterexampleOptions,
): readonly PolicyInput[] {
  const words = wordsOf(source);
  const kinds = kindsToTry(rule, words);
  const maker = new Maker(createRandom(seed), words);
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as TriedKind;
    const operation = maker.pick(rule.operations.length === 0 ? ["CREATE"] : rule.operations) as Operation;
    return maker.input(kind, operation);
  });
}

/** An object of a kind, as {@link makeCounterexamples} makes them. */
export type ObjectMaker = (apiVersion: string, kind: string, name: string, namespace: string) => Value;

/**
 * Makes objects that a policy looks up beside the one it is asked about: with the names and values that it speaks of, the
 * same ones for the same seed.
 *
 * @example
 * ```ts
 * import { createObjectMaker } from "../index.ts";
 * const make = createObjectMaker({ spec: { data: "team" } }, "1");
 * make("v1", "ConfigMap", "teams", "default"); // {apiVersion: "v1", kind: "ConfigMap", metadata: {…}, data: {…}}
 * ```
 */
export function createObjectMaker(source: Value, seed: string): ObjectMaker {
  const maker = new Maker(createRandom(seed), wordsOf(source));
  return (apiVersion, kind, name, namespace) =>
    maker.object({ apiVersion, kind, type: typeOfKinds([{ apiVersion, kind }], false) }, name, namespace);
}

interface TriedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly type: FieldType;
  readonly resource: string;
  readonly subresource: string;
}

const ANY_KINDS = [
  ["v1", "ConfigMap"],
  ["v1", "Pod"],
  ["v1", "Namespace"],
  ["apps/v1", "Deployment"],
  ["v1", "Service"],
] as const;

const CONTROLLERS: Readonly<Record<string, string>> = {
  DaemonSet: "apps/v1",
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
};

function kindsToTry({ kinds, controllers }: ConvertedPart, words: PolicyWords): readonly TriedKind[] {
  const named = kinds.flatMap<NamedKind>(({ group, version, kind, resource, isOfAnyVersion, schema, namespaced }) => {
    const [, subresource = ""] = resource.split("/", 2);
    if (kind === "*") {
      return ANY_KINDS.map(([apiVersion, name]) => ({ apiVersion, known: apiVersion, kind: name, subresource }));
    }
    const versions = isOfAnyVersion ? [version, ...words.versionsOf(group)] : [version];
    return [...new Set(versions)].map((each) => ({
      apiVersion: group === "" ? each : `${group}/${each}`,
      known: group === "" ? version : `${group}/${version}`,
      kind,
      subresource,
      ...(schema && { custom: { schema, plural: resource.split("/")[0] ?? resource, namespaced: namespaced ?? true } }),
    }));
  });
  const extended = controllers.flatMap<NamedKind>((kind) => {
    const apiVersion = CONTROLLERS[kind];
    return apiVersion === undefined ? [] : [{ apiVersion, known: apiVersion, kind, subresource: "" }];
  });
  return [...named, ...extended].map(({ apiVersion, known: described, kind, subresource, custom }: NamedKind) => {
    const builtIn = findKubernetesKind(described, kind) ?? kubernetesKinds().find((each) => each.kind === kind);
    const known = custom ?? builtIn;
    return {
      apiVersion,
      kind,
      subresource,
      namespaced: known?.namespaced ?? true,
      resource: known?.plural ?? pluralOf(kind),
      type: typeOfKinds([{ apiVersion: described, kind, schema: custom?.schema }], false),
    };
  });
}

interface NamedKind {
  readonly apiVersion: string;
  /** The version that is described, where others are tried too. */
  readonly known: string;
  readonly kind: string;
  readonly subresource: string;
  readonly custom?: { readonly schema: ResourceSchema; readonly plural: string; readonly namespaced: boolean };
}

/** A number from 0 to below 1, the same ones for the same seed (mulberry32). */
function createRandom(seed: string): () => number {
  let state = 0x9e3779b9;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) as number), 0x85ebca6b) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type ListType = Extract<FieldType, { kind: "list" }>;

class Maker {
  readonly #random: () => number;
  readonly #words: PolicyWords;
  /** How likely what is optional is there, anew for each object: full ones and bare ones both tell something. */
  #density = 0.7;
  /** Texts that an object has again and again: some rules want the same in several places. */
  #focus: readonly string[] = [];

  constructor(random: () => number, words: PolicyWords) {
    this.#random = random;
    this.#words = words;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  input(kind: TriedKind, operation: Operation): PolicyInput {
    const name = this.pick(["web", ...this.#namesFor()]);
    const { namespace: own } = this.#words;
    const chosen = own !== "" && this.#chance(0.8) ? own : this.pick(["default", ...this.#namesFor()]);
    const namespace = kind.namespaced ? chosen : "";
    const make = (): Value => this.object(kind, name, namespace);
    const object = make();
    const userInfo = this.#userInfo();
    const common = {
      operation,
      userInfo,
      resource: kind.resource,
      ...(namespace === "" ? {} : { namespaceObject: this.#namespaceObject(namespace) }),
      ...(kind.subresource === "" ? {} : { subresource: kind.subresource }),
    };
    if (operation === "DELETE") return { ...common, object: null, oldObject: object };
    if (operation === "UPDATE") return { ...common, object, oldObject: this.#chance(0.2) ? object : make() };
    return { ...common, object };
  }

  /** Names of objects and namespaces: as the policy has them, where a name may be so. */
  #namesFor(): readonly string[] {
    const own = [
      ...(this.#words.byField.get("names") ?? []),
      ...(this.#words.byField.get("name") ?? []),
      ...(this.#words.byField.get("namespaces") ?? []),
    ];
    const usable = [...own, ...this.#words.texts].filter(
      (text): text is string => typeof text === "string" && /^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$/.test(text),
    );
    return usable.slice(0, 30);
  }

  #namespaceObject(name: string): Value {
    const made = this.#map({ kind: "string" }, "labels", 0);
    const labels = { ...made, "kubernetes.io/metadata.name": name };
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  }

  #userInfo(): Value {
    const texts = ["alice", ...this.#words.texts.filter((text) => text.length < 80)];
    return {
      username: this.pick(texts),
      groups: ["system:authenticated", ...(this.#chance(0.5) ? [this.pick(texts)] : [])],
    };
  }

  object(
    { apiVersion, kind, type }: Pick<TriedKind, "apiVersion" | "kind" | "type">,
    name: string,
    namespace: string,
  ): Value {
    this.#density = this.pick([0.35, 0.7, 0.95]);
    const { texts } = this.#words;
    this.#focus = texts.length > 0 && this.#chance(0.4) ? Array.from({ length: FOCUS }, () => this.pick(texts)) : [];
    const made = this.#value(type, "", 0);
    const root = isValueObject(made) ? made : {};
    const metadata = isValueObject(root["metadata"]) ? root["metadata"] : {};
    return { ...root, apiVersion, kind, metadata: { ...metadata, name, ...(namespace === "" ? {} : { namespace }) } };
  }

  #value(type: FieldType, name: string, depth: number): Value {
    switch (type.kind) {
      case "string":
        return this.#text(name);
      case "boolean":
        return this.#chance(0.5);
      case "integer":
        return this.#chance(0.9) ? this.pick(this.#words.numbers) : this.pick([2, 80, 65535, 1000]);
      case "number":
        return this.pick(this.#words.numbers) + (this.#chance(0.3) ? 0.5 : 0);
      case "quantity":
        return this.#quantity();
      case "map":
        return this.#map(type.value, name, depth);
      case "list":
        return this.#list(type, name, depth);
      case "object":
        return this.#object(type, name, depth);
      default:
        return {};
    }
  }

  #text(name: string): string {
    if (this.#focus.length > 0 && this.#chance(0.6)) return this.pick(this.#focus);
    const own = (this.#words.byField.get(name) ?? []).filter((value) => typeof value === "string");
    if (own.length > 0 && this.#chance(0.6)) return this.pick(own);
    if (this.#words.texts.length > 0 && this.#chance(0.5)) return this.pick(this.#words.texts);
    return this.pick(["other", "a", "nginx:1.25", "true", "false", "5"]);
  }

  #quantity(): Value {
    const own = this.#words.quantities;
    if (own.length > 0 && this.#chance(0.6)) return this.pick(own);
    return this.pick<Value>(["100m", "1", "64Mi", "2Gi", "8Gi", "500m", "16Gi", 2]);
  }

  #map(value: FieldType, name: string, depth: number): ValueObject {
    const keys = [...this.#words.names].filter((key) => /^[A-Za-z0-9]/.test(key) && !/[*?{}\s]/.test(key));
    const labels = keys.filter((key) => /[./-]/.test(key));
    const chosen = new Set<string>();
    const wanted = name === "" ? 0 : Math.floor(this.#random() * 4);
    const isTexts = value.kind === "string";
    for (let index = 0; index < wanted; index++)
      chosen.add(this.pick(["other", ...(labels.length > 0 ? labels : keys), ...(this.#chance(0.5) ? keys : [])]));
    // What the policy names is there most of the time, else no such object would ever do.
    if (isTexts && this.#chance(0.6)) for (const key of this.#mapKeys(name)) if (this.#chance(0.8)) chosen.add(key);
    if (!isTexts)
      for (const key of ["cpu", "memory", "ephemeral-storage"])
        if (this.#words.names.has(key) && this.#chance(0.7)) chosen.add(key);
    return Object.fromEntries([...chosen].map((key) => [key, this.#value(value, key, depth + 1)]));
  }

  #mapKeys(name: string): readonly string[] {
    const { names, byField } = this.#words;
    return [...names]
      .filter(
        (key) =>
          (key.includes("/") || byField.has(key)) &&
          (/[./-]/.test(key) || name === "labels" || name === "annotations") &&
          !/[*?{}\s]/.test(key),
      )
      .slice(0, 20);
  }

  #list({ items, mapKeys = ["name"] }: ListType, name: string, depth: number): Value {
    const length = this.#chance(0.02) ? 4 * MAX_ITEMS : Math.floor(this.#random() * (MAX_ITEMS + 1));
    const made = Array.from({ length: name === "containers" ? Math.max(1, length) : length }, () =>
      this.#keyed(this.#value(items, name, depth + 1), items, mapKeys, depth),
    );
    // Elements are told apart by their names, or by what the API server tells them apart by.
    const keyOf = (element: Value): string | undefined => {
      if (!isValueObject(element)) return undefined;
      const keys = mapKeys.filter((key) => element[key] !== undefined);
      return keys.length === 0 ? undefined : JSON.stringify(keys.map((key) => element[key]));
    };
    return made.filter((one, index) => {
      const own = keyOf(one);
      return own === undefined || made.findIndex((other) => keyOf(other) === own) === index;
    });
  }

  /** What tells an element apart is always there. */
  #keyed(element: Value, type: FieldType, keys: readonly string[], depth: number): Value {
    if (!isValueObject(element) || type.kind !== "object") return element;
    const missing = keys.flatMap((key) => {
      const field = Object.hasOwn(element, key) ? undefined : type.field(key);
      return field?.type.kind === "string" ? [[key, this.#value(field.type, key, depth + 1)] as const] : [];
    });
    return missing.length === 0 ? element : { ...element, ...Object.fromEntries(missing) };
  }

  #object(type: Extract<FieldType, { kind: "object" }>, name: string, depth: number): ValueObject {
    const members: Record<string, Value> = {};
    if (depth > MAX_DEPTH) return members;
    for (const key of new Set([...ALWAYS_TRIED, ...this.#words.names])) {
      const field = type.field(key);
      if (field === undefined || key === "status" || NOT_MADE.has(key)) continue;
      if (!field.isCertain && !(this.#words.names.has(key) && this.#chance(this.#density))) continue;
      if (!field.isCertain && field.type.kind === "list" && this.#chance(0.1)) continue;
      const made = this.#value(field.type, key, depth + 1);
      // An API server leaves out optional lists and maps without members.
      const isEmpty =
        !field.isCertain &&
        (Array.isArray(made)
          ? made.length === 0
          : field.type.kind === "map" && Object.keys(made as ValueObject).length === 0);
      if (!isEmpty) members[key] = made;
    }
    void name;
    return members;
  }
}

const ALWAYS_TRIED = [
  "apiVersion",
  "kind",
  "metadata",
  "spec",
  "template",
  "jobTemplate",
  "containers",
  "name",
  "image",
];
/** Members that the API server sets, and lists of objects that are not the rule's. */
const NOT_MADE: ReadonlySet<string> = new Set(["apiVersion", "kind", "managedFields", "resourceVersion", "uid"]);
