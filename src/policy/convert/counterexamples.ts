import { isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import type { Operation, PolicyInput } from "../evaluate/input.ts";
import { pluralOf } from "../resource/built-in-kinds.ts";
import { findKubernetesKind, kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { ConvertedRule } from "./converted-rule.ts";
import { type FieldType, typeOfKinds } from "./field-types.ts";

/** Objects and requests that try whether a rule and what it was converted to say the same. */
export interface CounterexampleOptions {
  readonly count: number;
  /** The same seed, the same objects. */
  readonly seed: string;
}

/** Levels of an object that are filled, and items of a list. */
const MAX_DEPTH = 12;
const MAX_ITEMS = 3;

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
  rule: ConvertedRule,
  source: Value,
  { count, seed }: CounterexampleOptions,
): readonly PolicyInput[] {
  const kinds = kindsToTry(rule);
  const words = wordsOf(source);
  const maker = new Maker(createRandom(seed), words);
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as TriedKind;
    const operation = maker.pick(rule.operations.length === 0 ? ["CREATE"] : rule.operations) as Operation;
    return maker.input(kind, operation);
  });
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

function kindsToTry({ kinds, controllers }: ConvertedRule): readonly TriedKind[] {
  const named = kinds.flatMap(({ group, version, kind, resource }) => {
    const [, subresource = ""] = resource.split("/", 2);
    if (kind === "*") return ANY_KINDS.map(([apiVersion, name]) => ({ apiVersion, kind: name, subresource }));
    return [{ apiVersion: group === "" ? version : `${group}/${version}`, kind, subresource }];
  });
  const extended = controllers.flatMap((kind) => {
    const apiVersion = CONTROLLERS[kind];
    return apiVersion === undefined ? [] : [{ apiVersion, kind, subresource: "" }];
  });
  return [...named, ...extended].map(({ apiVersion, kind, subresource }) => {
    const known = findKubernetesKind(apiVersion, kind) ?? kubernetesKinds().find((each) => each.kind === kind);
    return {
      apiVersion,
      kind,
      subresource,
      namespaced: known?.namespaced ?? true,
      resource: known?.plural ?? pluralOf(kind),
      type: typeOfKinds([{ apiVersion, kind }], false),
    };
  });
}

/** What a policy speaks of: names of fields, and values. */
interface Words {
  readonly names: ReadonlySet<string>;
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly quantities: readonly string[];
  /** Values by the name of the field that a pattern has them for. */
  readonly byField: ReadonlyMap<string, readonly Value[]>;
}

function wordsOf(source: Value): Words {
  const names = new Set<string>();
  const texts = new Set<string>();
  const numbers = new Set<number>([0, 1]);
  const quantities = new Set<string>();
  const byField = new Map<string, Value[]>();
  const addText = (text: string, field: string): void => {
    for (const word of text.match(/[A-Za-z_][A-Za-z0-9_-]*/g) ?? []) names.add(word);
    for (const literal of text.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g))
      addValue(literal[1] ?? literal[2] ?? literal[3] ?? "", field);
    if (text.length <= 120 && !text.includes("{{")) addValue(text, field);
    for (const digits of text.match(/\b[0-9]{1,9}\b/g) ?? [])
      for (const delta of [-1, 0, 1]) numbers.add(Number(digits) + delta);
  };
  const addValue = (text: string, field: string): void => {
    for (const part of text.split(/[|&]/)) {
      const bare = part
        .trim()
        .replace(/^(?:>=|<=|[!<>])/, "")
        .trim();
      if (/^[0-9.]+[A-Za-z]{0,2}$/.test(bare)) quantities.add(bare);
      for (const made of instances(bare)) {
        // What looks like the name of a label or an annotation is one as well.
        if (/^[a-z0-9.-]+\/[A-Za-z0-9._-]+$/.test(made)) names.add(made);
        texts.add(made);
        const own = byField.get(field) ?? [];
        byField.set(field, own);
        if (own.length < 40) own.push(made);
      }
    }
  };
  const walk = (value: Value, field: string): void => {
    if (typeof value === "string") return addText(value, field);
    if (typeof value === "number") {
      for (const delta of [-1, 0, 1]) numbers.add(value + delta);
      quantities.add(String(value));
      return;
    }
    if (Array.isArray(value)) return (value as readonly Value[]).forEach((item) => walk(item, field));
    if (!isValueObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      const name = /^[+<=X^]?\((.*)\)$/.exec(key)?.[1] ?? key;
      names.add(name);
      if (/[*?]/.test(name)) for (const made of instances(name)) walk({ [made]: member }, field);
      if (key !== "message" && key !== "description") walk(member, name);
    }
  };
  const spec = isValueObject(source) ? (source["spec"] ?? source) : source;
  walk(spec, "");
  return { names, texts: [...texts], numbers: [...numbers], quantities: [...quantities], byField };
}

/** Texts that a text with wildcards matches, and one near it that it does not. */
function instances(text: string): readonly string[] {
  if (!/[*?]/.test(text)) return text === "" ? [] : [text];
  const filled = text.replaceAll(/\*+/g, "any").replaceAll("?", "x");
  const bare = text.replaceAll(/[*?]+/g, "");
  return [filled, bare, `${filled}y`, `z${filled}`].filter((each) => each !== "");
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

class Maker {
  readonly #random: () => number;
  readonly #words: Words;
  /** How likely what is optional is there, anew for each object: full ones and bare ones both tell something. */
  #density = 0.7;

  constructor(random: () => number, words: Words) {
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
    const namespace = kind.namespaced ? this.pick(["default", ...this.#namesFor()]) : "";
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

  object({ apiVersion, kind, type }: TriedKind, name: string, namespace: string): Value {
    this.#density = this.pick([0.35, 0.7, 0.95]);
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
        return this.#list(type.items, name, depth);
      case "object":
        return this.#object(type, name, depth);
      default:
        return {};
    }
  }

  #text(name: string): string {
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

  #list(items: FieldType, name: string, depth: number): Value {
    const length = this.#chance(0.02) ? 4 * MAX_ITEMS : Math.floor(this.#random() * (MAX_ITEMS + 1));
    const made = Array.from({ length: name === "containers" ? Math.max(1, length) : length }, () =>
      this.#value(items, name, depth + 1),
    );
    // Elements are told apart by their names.
    return made.filter((one, index) => {
      const own = isValueObject(one) ? one["name"] : undefined;
      return own === undefined || made.findIndex((other) => isValueObject(other) && other["name"] === own) === index;
    });
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
