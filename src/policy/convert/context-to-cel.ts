import { isValueObject, type Value } from "../../base/index.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import { convertExternalEntry } from "./external-context.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, valueOr } from "./place.ts";
import type { Query, SingleQuery } from "./query.ts";
import { constantQuery } from "./query-literals.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";
import { queryOf } from "./template-to-cel.ts";

/** What a variable of a context stands for; it is put where it is used. It throws NotConvertible. */
export function convertEntry(entry: ContextEntry, scope: QueryScope, path: string): Query {
  const { name, variable } = entry;
  if (variable === undefined) return convertExternalEntry(entry, scope, path);
  const { value, default: fallback, jmesPath = "" } = variable;
  const source = constantPath(jmesPath, scope, path);
  if (source === "") {
    return stated(value ?? fallback ?? null, scope, path);
  }
  if (value !== undefined) {
    if (fallback !== undefined) throw new NotConvertible(path, `the variable ${name} has a value and a default`);
    return convertQuery(source, scope, path, { from: stated(value, scope, path) });
  }
  const query = convertQuery(source, scope, path);
  if (fallback === undefined) return query;
  return withFallback(query, stated(fallback, scope, path), `the default of the variable ${name}`, path);
}

/** A path whose text is made by variables that are constants. */
function constantPath(source: string, scope: QueryScope, path: string): string {
  const whole = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(source)?.[1];
  if (whole !== undefined) {
    const query = convertQuery(whole.trim(), scope, path);
    if (query.kind === "single" && typeof query.constant === "string") return query.constant;
  }
  if (source.includes("{{")) throw new NotConvertible(path, "a variable stands in a query");
  return source;
}

/** A value of the policy, of which members may have variables. */
function stated(value: Value, scope: QueryScope, path: string): Query {
  if (value === null) throw new NotConvertible(path, "a variable without a value");
  if (typeof value === "string") return queryOf(value, scope, path);
  if (!JSON.stringify(value).includes("{{")) {
    return constantQuery(value) ?? refuse(path);
  }
  if (!isValueObject(value)) return refuse(path);
  // All members are worked out before one is used: with one alone nothing else can fail.
  if (Object.keys(value).length > 1) throw new NotConvertible(path, "several members of a value are worked out");
  const members = new Map(Object.entries(value).map(([key, each]) => [key, () => stated(each, scope, path)] as const));
  return { kind: "single", type: { kind: "unknown" }, text: "", members };
}

function refuse(path: string): never {
  throw new NotConvertible(path, "a value is worked out in its own way");
}

/** What is not there, or cannot be worked out, is the default; what is empty stays. */
function withFallback(query: Query, fallback: Query, what: string, path: string): Query {
  if (query.kind === "list" || fallback.kind === "list") throw new NotConvertible(path, `${what} stands beside a list`);
  const { place, type } = query;
  if (query.isFull === true) return query;
  const isSafe = fallback.constant !== undefined || (fallback.place !== undefined && isSure(fallback.place));
  if (!isSafe) throw new NotConvertible(path, `${what} may be missing itself`);
  if (place === undefined || type.kind !== fallback.type.kind) {
    throw new NotConvertible(path, `${what} is of another type`);
  }
  const single: SingleQuery = { kind: "single", type, text: valueOr(place, fallback.text), isSettled: true };
  return single;
}
