/**
 * Policies of kyverno.io, each with an object it is about, made from a seed: the same ones for the same seed. A policy
 * looks at its own namespace only, so that many pairs go through one run of Kyverno's command line.
 */
import { isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import { Choices } from "../../src/testing/cel-choices.ts";
import { ELEMENT_KEYS, type Key, keysOf, makeBlocks, makeConditions } from "./conditions.ts";
import { drawNumbers } from "./draw-numbers.ts";
import { makeJsonPatch, makeMerge } from "./mutations.ts";
import { makePattern } from "./patterns.ts";
import { makeResource, POD_PATHS, pickValue, times } from "./resources.ts";

/** A policy with an object. */
export interface Pair {
  readonly name: string;
  readonly family: string;
  readonly policy: ValueObject;
  readonly resource: ValueObject;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly given?: Given;
}

/** What else is given to both programs. */
export interface Given {
  readonly exceptions?: readonly ValueObject[];
  /** Objects that are there already. */
  readonly targets?: readonly ValueObject[];
  /** Labels of the object's namespace. */
  readonly namespaceLabels?: ValueObject;
  /** Values of the policy's rules, and of the object. */
  readonly ruleValues?: readonly Value[];
  readonly objectValues?: ValueObject;
  /** What holds for all pairs of one call: pairs are called together with those of the same. */
  readonly userInfo?: ValueObject;
  readonly set?: readonly string[];
  readonly globalValues?: ValueObject;
}

/** What a pair is about. */
export type Family = (typeof FAMILIES)[number];

/** With repetition: the frequent ones more often. */
export const FAMILIES = [
  "pattern",
  "anyPattern",
  "deny",
  "preconditions",
  "foreachValidate",
  "mergePatch",
  "jsonPatch",
  "foreachMutate",
  "context",
  "chain",
  "pattern",
  "match",
  "deny",
  "mergePatch",
  "pattern",
  "foreachValidate",
] as const;

/** Makes the pair of a number. */
export function makePair(seed: number, index: number): Pair {
  const choices = new Choices(drawNumbers(seed, index));
  const family = FAMILIES[index % FAMILIES.length] as Family;
  const name = `pair-${index}`;
  const kind = choices.pick([
    "Pod",
    "Pod",
    "Pod",
    "Deployment",
    "CronJob",
    "ConfigMap",
    "Service",
    "StatefulSet",
    "DaemonSet",
    "Job",
  ]);
  const needsPod = family === "foreachValidate" || family === "foreachMutate" || family === "context";
  const own = needsPod && POD_PATHS[kind] === undefined ? "Pod" : kind;
  const resource = makeResource(choices, own, { name: `object-${index}`, namespace: name });
  const operation = choices.oneIn(6) ? "UPDATE" : "CREATE";
  return { name, family, policy: new PolicyMaker(choices, name, resource, family).make(), resource, operation };
}

class PolicyMaker {
  readonly #choices: Choices;
  readonly #name: string;
  readonly #resource: ValueObject;
  readonly #family: Family;
  /** The object that rules are written for: the pod, where autogen is to write them for what has one. */
  readonly #subject: ValueObject;
  readonly #kind: string;
  readonly #keys: readonly Key[];
  /** Whether it is a Policy, which sees its own namespace only. */
  readonly #isNamespaced: boolean;

  constructor(choices: Choices, name: string, resource: ValueObject, family: Family) {
    this.#choices = choices;
    this.#name = name;
    this.#resource = resource;
    this.#family = family;
    const kind = textOf(resource, "kind");
    const path = POD_PATHS[kind];
    // There is no autogen of rules with a JSON patch.
    const oneIn = family === "jsonPatch" ? 6 : 3;
    const forPods = path !== undefined && (kind === "Pod" || choices.oneIn(oneIn) === (family === "jsonPatch"));
    this.#isNamespaced = choices.oneIn(12);
    this.#kind = forPods ? "Pod" : kind;
    const template = (path ?? []).reduce<Value | undefined>((at, key) => memberOf(at ?? null, key), resource);
    this.#subject = forPods && isValueObject(template ?? null) ? (template as ValueObject) : resource;
    this.#keys = keysOf(path === undefined ? undefined : forPods ? "" : path.map((key) => `${key}.`).join(""));
  }

  make(): ValueObject {
    const family = this.#family;
    const rules =
      family === "chain"
        ? this.#chain()
        : times(this.#choices.oneIn(6) ? 2 : 1, (index) => this.#rule(`r${index}`, family));
    return {
      apiVersion: "kyverno.io/v1",
      kind: this.#isNamespaced ? "Policy" : "ClusterPolicy",
      metadata: { name: this.#name, ...(this.#isNamespaced ? { namespace: this.#name } : {}), ...this.#annotations() },
      spec: {
        background: false,
        ...(this.#choices.oneIn(12) ? { applyRules: this.#choices.pick(["One", "All"]) } : {}),
        rules,
      },
    };
  }

  #annotations(): ValueObject {
    const controllers = this.#choices.pick(["Deployment,CronJob", "none", "DaemonSet,StatefulSet"]);
    return this.#choices.oneIn(12)
      ? { annotations: { "pod-policies.kyverno.io/autogen-controllers": controllers } }
      : {};
  }

  #chain(): readonly ValueObject[] {
    const families = ["mergePatch", "pattern", "jsonPatch", "deny", "foreachMutate"] as const;
    const hasPod = POD_PATHS[textOf(this.#resource, "kind")] !== undefined;
    return times(2 + this.#choices.next(2), (index) => {
      const family = this.#choices.pick(families);
      return this.#rule(`r${index}`, family === "foreachMutate" && !hasPod ? "jsonPatch" : family);
    });
  }

  #rule(name: string, family: Family): ValueObject {
    return { name, ...this.#matching(family), ...this.#preconditions(family), ...this.#action(family) };
  }

  #matching(family: Family): ValueObject {
    const choices = this.#choices;
    const filter = { kinds: [this.#kind], ...(this.#isNamespaced ? {} : { namespaces: [this.#name] }) };
    if (family !== "match") return { match: { any: [{ resources: filter }] } };
    const labels = { matchLabels: { app: choices.pick(["web", "d*", "?*", "cache"]) } };
    const expressions = {
      matchExpressions: [
        { key: "app", operator: choices.pick(["In", "NotIn"]), values: ["web", "db"] },
        { key: "tier", operator: choices.pick(["Exists", "DoesNotExist"]) },
      ],
    };
    const narrowing = (isExclusion: boolean): ValueObject =>
      choices.pick([
        {},
        { selector: labels },
        { selector: expressions },
        { annotations: { note: choices.pick(["*", "hello*", "2h"]) } },
        { operations: [choices.pick(["CREATE", "UPDATE", "DELETE"])] },
        {
          [isExclusion ? "name" : "names"]: isExclusion
            ? "nothing"
            : [choices.pick(["object-*", "nothing", "?bject-*1"])],
        },
        { name: choices.pick(["object-*", "other"]) },
        { kinds: [isExclusion ? `*/*/${this.#kind}` : choices.pick([`*/${this.#kind}`, "Secret"])] },
      ]);
    const block = (isExclusion: boolean, form: number): Value => {
      // Kyverno refuses a rule that excludes, in the same words, what it matches.
      const kinds = isExclusion ? { kinds: [`*/*/${this.#kind}`] } : {};
      const one = (): ValueObject => ({ resources: { ...filter, ...kinds, ...narrowing(isExclusion) } });
      return form === 2 ? one() : { [form === 0 ? "any" : "all"]: [one(), one()] };
    };
    const form = choices.next(3);
    const match = block(false, form);
    // It takes a rule that matches directly and excludes any for one that matches nothing.
    return choices.oneIn(2)
      ? { match, exclude: block(true, form === 2 ? 1 + choices.next(2) : choices.next(3)) }
      : { match };
  }

  #preconditions(family: Family): ValueObject {
    if (family !== "preconditions" && !this.#choices.oneIn(8)) return {};
    return { preconditions: makeConditions(this.#choices, this.#keys) };
  }

  #action(family: Family): ValueObject {
    const choices = this.#choices;
    switch (family) {
      case "anyPattern":
        return {
          validate: {
            ...this.#message(),
            anyPattern: times(2 + choices.next(2), () => makePattern(choices, this.#subject)),
          },
        };
      case "deny":
        return { validate: { ...this.#message(), deny: this.#deny(this.#keys) } };
      case "foreachValidate":
        return {
          validate: { ...this.#message(), foreach: times(choices.oneIn(4) ? 2 : 1, () => this.#foreachValidate(1)) },
        };
      case "mergePatch":
        return { mutate: { patchStrategicMerge: makeMerge(choices, this.#subject, this.#texts(this.#keys)) } };
      case "jsonPatch":
        return { mutate: { patchesJson6902: makeJsonPatch(choices, this.#subject, this.#unquoted()) } };
      case "foreachMutate":
        return { mutate: { foreach: times(choices.oneIn(4) ? 2 : 1, () => this.#foreachMutate()) } };
      case "context":
        return this.#withContext();
      default:
        return { validate: { ...this.#message(), pattern: makePattern(choices, this.#subject) } };
    }
  }

  #texts(keys: readonly Key[]): readonly Key[] {
    return keys.filter(({ type }) => type === "text" || type === "amount");
  }

  /** Texts that can be written into the text of a JSON patch. */
  #unquoted(): readonly Key[] {
    return this.#texts(this.#keys).filter(({ text }) => !text.includes('"'));
  }

  #message(): ValueObject {
    const key = this.#choices.pick(this.#keys) as Key;
    return this.#choices.pick<ValueObject>([
      { message: "this is not allowed" },
      { message: "this is not allowed" },
      { message: `found ${key.text}.` },
      {},
      { message: `${key.text} and {{ request.object.metadata.name }}` },
    ]);
  }

  #deny(keys: readonly Key[]): ValueObject {
    return this.#choices.oneIn(24) ? {} : { conditions: makeConditions(this.#choices, keys) };
  }

  /** The expression of a list of containers, as rules for the kind write it. */
  #containers(): string {
    const path = this.#kind === "Pod" ? [] : (POD_PATHS[this.#kind] ?? []);
    return `request.object.${path.map((key) => `${key}.`).join("")}spec.containers`;
  }

  #foreachValidate(depth: number): ValueObject {
    const choices = this.#choices;
    const list = choices.pick([this.#containers(), `${this.#containers()}[]`, `${this.#containers()}[?name != 'c1']`]);
    const containers = (memberOf(memberOf(this.#subject, "spec") ?? null, "containers") ??
      this.#anyContainers()) as readonly Value[];
    const sample = containers[choices.next(containers.length)] ?? {};
    const shared = {
      list,
      ...(choices.oneIn(5) ? { preconditions: makeBlocks(choices, ELEMENT_KEYS) } : {}),
      ...(choices.oneIn(6) ? { elementScope: choices.pick([true, false]) } : {}),
      ...(choices.oneIn(6) ? { context: [{ name: "image", variable: { jmesPath: "element.image" } }] } : {}),
    };
    if (depth > 0 && choices.oneIn(4)) {
      return {
        list,
        foreach: [
          {
            list: choices.pick([
              "element.ports",
              "element.env || `[]`",
              "element.securityContext.capabilities.add || `[]`",
              "element0.ports[]",
            ]),
            deny: {
              conditions: makeConditions(choices, [
                { text: "{{ element }}", type: "text" },
                { text: "{{ element0.name }}", type: "text" },
                { text: "{{ elementIndex1 }}", type: "number" },
                ...ELEMENT_KEYS.slice(0, 2),
              ]),
            },
          },
        ],
      };
    }
    const element = isValueObject(sample) ? sample : {};
    switch (choices.next(3)) {
      case 0:
        return { ...shared, pattern: makePattern(choices, element, 1) };
      case 1:
        return { ...shared, anyPattern: times(2, () => makePattern(choices, element, 1)) };
      default:
        return { ...shared, deny: this.#deny(ELEMENT_KEYS) };
    }
  }

  #anyContainers(): readonly Value[] {
    const path = [...(POD_PATHS[textOf(this.#resource, "kind")] ?? []), "spec", "containers"];
    return (path.reduce<Value | undefined>((at, key) => memberOf(at ?? null, key), this.#resource) ?? [
      {},
    ]) as readonly Value[];
  }

  #foreachMutate(): ValueObject {
    const choices = this.#choices;
    const path = this.#kind === "Pod" ? [] : (POD_PATHS[this.#kind] ?? []);
    const shared = {
      list: choices.pick([this.#containers(), `${this.#containers()}[]`]),
      ...(choices.oneIn(4) ? { preconditions: makeBlocks(choices, ELEMENT_KEYS) } : {}),
      ...(choices.oneIn(5) ? { order: choices.pick(["Ascending", "Descending"]) } : {}),
    };
    if (choices.oneIn(6)) {
      const at = `/${[...path, "spec", "containers"].join("/")}/{{ elementIndex0 }}/ports/{{ elementIndex1 }}`;
      const operations = choices.pick([
        `- {op: add, path: "${at}/name", value: "{{ element0.name }}-{{ element1.containerPort }}"}`,
        `- {op: remove, path: "${at}"}`,
        `- {op: replace, path: "${at}/containerPort", value: {{ elementIndex1 }}}`,
      ]);
      return {
        list: shared.list,
        foreach: [
          {
            list: choices.pick(["element.ports", "element.ports || `[]`", "element0.ports[]"]),
            patchesJson6902: operations,
          },
        ],
      };
    }
    const value = choices.pick([
      "{{ element.name }}-{{ elementIndex }}",
      "{{ to_upper(element.name) }}",
      "fixed",
      "{{ element.image }}",
    ]);
    if (choices.oneIn(2)) {
      const at = `/${[...path, "spec", "containers"].join("/")}/{{ elementIndex }}`;
      const operations = choices.pick([
        `- {op: add, path: "${at}/added", value: "${value}"}`,
        `- {op: replace, path: "${at}/image", value: "${value}"}`,
        `- {op: remove, path: "${at}"}`,
        `- op: add\n  path: /metadata/labels/l{{ elementIndex }}\n  value: "${value}"`,
        `- {op: remove, path: "${at}/imagePullPolicy"}`,
      ]);
      return { ...shared, patchesJson6902: operations };
    }
    const element = {
      "(name)": "{{ element.name }}",
      ...makeMerge(
        choices,
        { image: "x", imagePullPolicy: "y", securityContext: { privileged: true } },
        this.#texts(ELEMENT_KEYS),
        3,
      ),
    };
    const patch = [...path, "spec"].reduceRight<Value>((below, key) => ({ [key]: below }), { containers: [element] });
    return { ...shared, patchStrategicMerge: patch };
  }

  #withContext(): ValueObject {
    const choices = this.#choices;
    const keys = this.#keys;
    const first = choices.pick(keys) as Key;
    const expression = first.text.replaceAll(/^\{\{|\}\}$/g, "").trim();
    const isWhole = !expression.includes("{{");
    const entries = [
      { name: "one", variable: isWhole ? { jmesPath: expression } : { value: first.text } },
      {
        name: "two",
        variable: pickValue(choices, [
          { value: { inner: ["{{ one }}", "a"], flag: true } },
          { value: { inner: "{{ one }}" }, jmesPath: "inner" },
          { jmesPath: "request.object.metadata.nothing", default: "fallback" },
          { jmesPath: "one", default: ["x"] },
          { value: [1, 2, 3], jmesPath: "[?@ > `1`]" },
          { value: "{{ request.object.metadata.name }}" },
        ]),
      },
      ...(choices.oneIn(3) ? [{ name: "three", variable: { jmesPath: "to_string(two)" } }] : []),
    ];
    const names: readonly Key[] = [
      { text: "{{ one }}", type: first.type },
      { text: "{{ two }}", type: "texts" },
      { text: "{{ two.inner[0] || 'none' }}", type: "text" },
      { text: "{{ to_string(two) }}", type: "text" },
      { text: "{{ length(to_array(two)) }}", type: "number" },
    ];
    if (choices.oneIn(3))
      return {
        context: entries,
        mutate: {
          patchStrategicMerge: {
            metadata: { annotations: { "+(one)": "{{ to_string(one) }}", two: "{{ to_string(two) }}" } },
          },
        },
      };
    return {
      context: entries,
      validate: {
        message: "one is {{ one }}, two is {{ two }}",
        deny: { conditions: makeConditions(choices, names, false) },
      },
    };
  }
}
