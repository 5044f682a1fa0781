import { AmapError, isValueObject, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import type { GivenVariable, ValuesFile } from "../../policy/index.ts";

/** A values file, or the `values` of a test. */
export type Values = Omit<ValuesFile, "apiVersion" | "kind" | "metadata">;

/** A kind that is a subresource of another one: `Scale` of Deployments. */
export type GivenSubresource = NonNullable<Values["subresources"]>[number];

const OPERATIONS: readonly string[] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];

/** Values for a policy over a resource; the same object where nothing is said of these alone. */
export interface ResourceValues {
  readonly operation: Value | undefined;
  readonly variables: readonly GivenVariable[];
}

type NamedResources = NonNullable<NonNullable<Values["policies"]>[number]["resources"]>;

/** What a values file and `--set name=value` say. */
export class GivenValues {
  readonly #spec: Values;
  readonly #set: Readonly<Record<string, Value>>;
  /** Values of resources, by policy. */
  readonly #policies = new Map<string, NamedResources>();
  readonly #common: ResourceValues;

  /** @throws {AmapError} USAGE for an operation that there is not, or a `--set` that is none */
  constructor(spec: Values = {}, set: readonly string[] = []) {
    this.#spec = spec;
    this.#set = Object.fromEntries(set.map(readAssignment));
    for (const { name, resources = [] } of spec.policies ?? []) {
      this.#policies.set(name, [...(this.#policies.get(name) ?? []), ...resources]);
    }
    this.#common = this.#valuesOf({});
    const { operation } = this;
    if (operation !== undefined && !OPERATIONS.includes(operation)) {
      throw new AmapError("USAGE", `request.operation: expected one of ${OPERATIONS.join(", ")}, found ${operation}`);
    }
  }

  /** `request.operation`, as it holds for all policies. */
  get operation(): string | undefined {
    const operation = this.#set["request.operation"] ?? this.#spec.globalValues?.["request.operation"];
    return typeof operation === "string" && operation !== "" ? operation : undefined;
  }

  get subresources(): readonly GivenSubresource[] {
    return this.#spec.subresources ?? [];
  }

  /** Values for a policy over a resource: global ones, those of the resource, those that were set. */
  forResource(policy: string, resource: string): ResourceValues {
    const own = this.#policies.get(policy)?.filter((each) => each.name === resource) ?? [];
    if (own.length === 0) return this.#common;
    return this.#valuesOf(Object.assign({}, ...own.map((each) => each.values ?? {})));
  }

  #valuesOf(own: Readonly<Record<string, Value>>): ResourceValues {
    const all = { "request.operation": "CREATE", ...this.#spec.globalValues, ...own, ...this.#set };
    return Object.freeze({ operation: all["request.operation"], variables: Object.freeze(Object.entries(all)) });
  }

  /** Whether rules of a policy have values of their own. */
  hasRuleValues(policy: string): boolean {
    return (this.#spec.policies ?? []).some((each) => each.name === policy && (each.rules ?? []).length > 0);
  }

  /** Values for one rule, also under the names that autogen gives it; of a foreach the first ones. */
  forRule(policy: string, rule: string): readonly GivenVariable[] {
    const rules = (this.#spec.policies ?? []).find((each) => each.name === policy)?.rules ?? [];
    const found = rules.find(({ name }) => [name, `autogen-${name}`, `autogen-cronjob-${name}`].includes(rule));
    const elements = Object.entries(found?.foreachValues ?? {}).map(([name, [first = null]]) => [name, first] as const);
    return [...Object.entries(found?.values ?? {}), ...elements];
  }

  /** The Namespace of a name, where the file describes it. */
  namespace(name: string): ValueObject | undefined {
    const given = (this.#spec.namespaces ?? []).find((each) => memberOf(memberOf(each, "metadata"), "name") === name);
    if (isValueObject(given)) return given;
    const selected = this.#spec.namespaceSelector?.find((each) => each.name === name);
    if (selected === undefined) return undefined;
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: selected.labels ?? {} } };
  }
}

function readAssignment(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new AmapError("USAGE", `--set: expected name=value, found ${JSON.stringify(text.slice(0, 80))}`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
