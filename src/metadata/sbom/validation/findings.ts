import { isValueObject, LIMITS, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import type { SbomFinding } from "./finding.ts";

/** Collects what rules find, up to a limit: a hostile document must not grow the answer. */
export class Findings {
  readonly #findings: SbomFinding[] = [];

  error(rule: string, path: string, message: string, fix: string): void {
    this.#add({ rule, severity: "error", path, message, fix });
  }

  warn(rule: string, path: string, message: string, fix: string): void {
    this.#add({ rule, severity: "warning", path, message, fix });
  }

  #add(finding: SbomFinding): void {
    if (this.#findings.length < LIMITS.sbomFindings) this.#findings.push(finding);
  }

  all(): readonly SbomFinding[] {
    return this.#findings;
  }
}

/** A text as it may stand in a message. */
export function shown(text: string): string {
  return `"${text.slice(0, 200)}"`;
}

/** The text of a member; undefined where it is none. */
export function textIn(parent: Value | undefined, key: string): string | undefined {
  const value = memberOf(parent, key);
  return typeof value === "string" ? value : undefined;
}

/** The objects of a list, each with its path. */
export function objectsIn(
  parent: Value | undefined,
  key: string,
  path: string,
): readonly (readonly [object: ValueObject, path: string])[] {
  const list = memberOf(parent, key);
  if (!Array.isArray(list)) return [];
  const at = path === "" ? key : `${path}.${key}`;
  return (list as readonly Value[]).flatMap((item, index) =>
    isValueObject(item) ? [[item, `${at}[${index}]`] as const] : [],
  );
}

/** The texts of a list, each with its path; a single text is a list of one. */
export function textsIn(
  parent: Value | undefined,
  key: string,
  path: string,
): readonly (readonly [text: string, path: string])[] {
  const value = memberOf(parent, key);
  const at = path === "" ? key : `${path}.${key}`;
  if (typeof value === "string") return [[value, at]];
  if (!Array.isArray(value)) return [];
  return (value as readonly Value[]).flatMap((item, index) =>
    typeof item === "string" ? [[item, `${at}[${index}]`] as const] : [],
  );
}
