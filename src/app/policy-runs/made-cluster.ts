import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  type Fact,
  type FactRequest,
  findKubernetesKind,
  findKubernetesSchema,
  kubernetesKinds,
  type LabelSelector,
  matchesLabels,
  pluralOf,
} from "../../policy/index.ts";

/** Which kind is asked for. */
interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * A cluster for proofs: whatever object a policy names is there, unless the cluster is empty, and of every kind that it
 * lists there are objects with the labels that it asks for, with some of them, and with none. The same question is
 * answered alike in the words of both kinds of policies.
 */
export class MadeCluster {
  readonly #isEmpty: boolean;
  readonly #labels: readonly ValueObject[];
  /** Kinds that are not built in, by apiVersion and plural. */
  readonly #kinds = new Map<string, string>();

  constructor(policy: Value, { isEmpty }: { readonly isEmpty: boolean }) {
    this.#isEmpty = isEmpty;
    const asked: Record<string, Value> = {};
    collectLabels(policy, asked);
    const [first] = Object.entries(asked);
    this.#labels = [asked, ...(first === undefined ? [] : [Object.fromEntries([first])]), { other: "x" }];
  }

  /** Undefined for what is no question about the objects of a cluster. */
  answer({ kind, params }: FactRequest): Fact | undefined {
    const apiVersion = textOf(params, "apiVersion");
    const namespace = textOf(params, "namespace");
    switch (kind) {
      case "objectOfKind":
        return known(this.#object({ apiVersion, kind: textOf(params, "kind") }, namespace, textOf(params, "name")));
      case "resource": {
        const named = this.#kindOf(apiVersion, textOf(params, "resource"));
        return known(this.#object(named, namespace, textOf(params, "name")));
      }
      case "objectsOfKind": {
        const objects = this.#list({ apiVersion, kind: textOf(params, "kind") }, namespace, {
          ...(memberOf(params, "selector") as LabelSelector),
        });
        return known(objects.map((object) => ({ object, subresource: "" })));
      }
      case "resourceList": {
        const named = this.#kindOf(apiVersion, textOf(params, "resource"));
        const matchLabels = (memberOf(params, "labels") ?? {}) as Readonly<Record<string, string>>;
        const items = this.#list(named, namespace, { matchLabels });
        return known({ apiVersion, kind: `${named.kind}List`, metadata: {}, items });
      }
      case "kubernetesApi":
        return this.#ofPath(textOf(params, "path"));
      case "resourceType":
        return known(this.#typeOf({ apiVersion, kind: textOf(params, "kind") }));
      default:
        return undefined;
    }
  }

  /** `/api/v1/namespaces/shop/secrets/key`; undefined for other paths than those of objects and lists. */
  #ofPath(path: string): Fact | undefined {
    const [, group = "", version = "", rest = ""] = /^\/(?:api|apis\/([^/?]+))\/([^/?]+)\/([^?]+)$/.exec(path) ?? [];
    const [, namespace = "", plural = "", name = ""] =
      /^(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?$/.exec(rest) ?? [];
    if (plural === "") return undefined;
    const named = this.#kindOf(group === "" ? version : `${group}/${version}`, plural);
    if (name === "")
      return known({
        apiVersion: named.apiVersion,
        kind: `${named.kind}List`,
        metadata: {},
        items: this.#list(named, namespace, {}),
      });
    const object = this.#object(named, namespace, name);
    return object === null ? { ok: false, code: "FACT_FAILED", message: `${path}: not found` } : known(object);
  }

  #typeOf({ apiVersion, kind }: Kind): Value {
    const slash = apiVersion.indexOf("/");
    const resource = findKubernetesKind(apiVersion, kind)?.plural ?? pluralOf(kind);
    this.#kinds.set(`${apiVersion} ${resource}`, kind);
    return { group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), resource };
  }

  #kindOf(apiVersion: string, plural: string): Kind {
    const found = kubernetesKinds().find(
      ({ group, version, plural: name }) =>
        name === plural && (group === "" ? version : `${group}/${version}`) === apiVersion,
    );
    return { apiVersion, kind: found?.kind ?? this.#kinds.get(`${apiVersion} ${plural}`) ?? plural };
  }

  #object(kind: Kind, namespace: string, name: string): Value {
    const [asked = {}] = this.#labels;
    return this.#isEmpty ? null : objectOf(kind, namespace, name, { ...asked, team: "web" });
  }

  #list(kind: Kind, namespace: string, selector: LabelSelector): readonly Value[] {
    if (this.#isEmpty) return [];
    return this.#labels
      .map((labels, index) => objectOf(kind, namespace, `object-${index}`, labels))
      .filter((object) => matchesLabels(selector, object));
  }
}

const known = (value: Value): Fact => ({ ok: true, value });

/** Labels that selectors in a policy ask for. */
function collectLabels(value: Value, into: Record<string, Value>): void {
  if (Array.isArray(value)) for (const item of value as readonly Value[]) collectLabels(item, into);
  if (!isValueObject(value)) return;
  const labels = memberOf(value, "matchLabels");
  if (isValueObject(labels)) {
    for (const [key, label] of Object.entries(labels)) {
      if (typeof label === "string") into[key] = label.includes("{{") ? "true" : label;
    }
  }
  for (const each of listOf(value, "matchExpressions")) {
    const [first] = listOf(each, "values");
    into[textOf(each, "key")] = typeof first === "string" ? first : "x";
  }
  for (const member of Object.values(value)) collectLabels(member, into);
}

/** An object as an API server gives it. */
function objectOf({ apiVersion, kind }: Kind, namespace: string, name: string, labels: ValueObject): Value {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === "" ? {} : { namespace }),
      uid: "6f1c2a7e-0000-4000-8000-000000000001",
      resourceVersion: "7",
      creationTimestamp: "2026-01-02T03:04:05Z",
      labels,
      annotations: { note: "kept" },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "u" }],
    },
    ...contentOf(apiVersion, kind),
  };
}

/** What is in it: fields that the kind has. */
function contentOf(apiVersion: string, kind: string): ValueObject {
  if (kind === "Secret") return { type: "Opaque", data: { key: "dmFsdWU=" } };
  const found = findKubernetesSchema(apiVersion, kind);
  if (found === undefined) return { spec: { key: "value" } };
  const ref = textOf(found.schema, "$ref");
  const properties = memberOf(ref === "" ? found.schema : found.resolve(ref), "properties");
  if (memberOf(properties, "data") !== undefined) return { data: { key: "value" } };
  return memberOf(properties, "spec") === undefined ? {} : { spec: {} };
}
