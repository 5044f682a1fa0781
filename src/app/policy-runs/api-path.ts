import { isValueObject, memberOf, textOf, type Value } from "../../base/index.ts";

/** What a GET of the API server asks for. */
export interface ApiQuestion {
  readonly apiVersion: string;
  /** The plural name. */
  readonly resource: string;
  /** Empty for all namespaces, and for what is in none. */
  readonly namespace: string;
  /** One object; undefined for a list. */
  readonly name: string | undefined;
  /** Of a list: whether an object is in it. */
  readonly selects: (object: Value) => boolean;
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?$/;
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["metadata.name", "name"],
  ["metadata.namespace", "namespace"],
]);

/**
 * Reads `/api/v1/namespaces/shop/pods/web` and `/apis/apps/v1/deployments?labelSelector=app=web`; undefined for
 * everything that would be answered wrongly: other paths, other queries, selectors that are not equalities.
 */
export function readApiPath(text: string): ApiQuestion | undefined {
  const [path = "", query = "", ...rest] = text.split("?");
  const found = PATH.exec(path)?.groups;
  if (found === undefined || rest.length > 0) return undefined;
  const tests: ((object: Value) => boolean)[] = [];
  for (const [key, value] of new URLSearchParams(query)) {
    const test = key === "labelSelector" ? labelTest(value) : key === "fieldSelector" ? fieldTest(value) : undefined;
    if (test === undefined) return undefined;
    tests.push(test);
  }
  const { group, version = "", namespace = "", resource = "", name } = found;
  return {
    apiVersion: group === undefined ? version : `${group}/${version}`,
    resource,
    namespace,
    name,
    selects: (object) => tests.every((test) => test(object)),
  };
}

type Term = readonly [key: string, isEqual: boolean, value: string];

/** `a=b`, `a==b` and `a!=b`, all of them; undefined for other forms. */
function readTerms(selector: string): readonly Term[] | undefined {
  const terms = selector.split(",").map((term): Term | undefined => {
    const [, key = "", operator, value = ""] = /^\s*([^\s=!(),]+)\s*(==|=|!=)\s*([^\s=!(),]*)\s*$/.exec(term) ?? [];
    return operator === undefined ? undefined : [key, operator !== "!=", value];
  });
  return terms.every((term) => term !== undefined) ? terms : undefined;
}

function labelTest(selector: string): ((object: Value) => boolean) | undefined {
  const terms = readTerms(selector);
  return (
    terms &&
    ((object) => {
      const labels = memberOf(memberOf(object, "metadata"), "labels");
      return terms.every(
        ([key, isEqual, value]) => (isValueObject(labels) && memberOf(labels, key) === value) === isEqual,
      );
    })
  );
}

function fieldTest(selector: string): ((object: Value) => boolean) | undefined {
  const terms = readTerms(selector);
  if (terms === undefined || terms.some(([field]) => !FIELDS.has(field))) return undefined;
  return (object) => {
    const metadata = memberOf(object, "metadata");
    return terms.every(([field, isEqual, value]) => (textOf(metadata, FIELDS.get(field) ?? "") === value) === isEqual);
  };
}
