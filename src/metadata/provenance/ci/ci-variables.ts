import { isValueObject, LIMITS, parseTime, type Value, type ValueObject } from "../../../base/index.ts";
import { DocumentReader } from "../../document-reader.ts";
import { looksSecret, namesSecret, REDACTED, toPlainUrl, toSourceUri } from "./secrets.ts";

/** Gives a variable of the environment by its name. Nothing lists them all: what is not asked for is never seen. */
export type Environment = (name: string) => string | undefined;

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads the variables of a CI system, each by its name, and collects what is missing or cannot be told. A value with
 * control characters, one that is too long and one that looks like a secret are refused; messages name the variable and
 * never hold its value.
 */
export class CiVariables {
  readonly reader = new DocumentReader();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** A variable's text, or undefined where it is not set or empty. */
  text(name: string): string | undefined {
    const value = this.#environment(name);
    if (value === undefined || value === "") return undefined;
    const problem = problemOf(value);
    return problem === undefined ? value : this.reader.refuse(name, problem, "VALUE_INVALID");
  }

  /** A variable that must be set; empty where it was refused. */
  need(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    if ((this.#environment(name) ?? "") === "") this.reader.refuse(name, "is not set", "CI_FACTS_MISSING");
    return "";
  }

  /** The first of several that is set. */
  needOne(names: readonly string[]): string {
    const found = names.map((name) => this.text(name)).find((value) => value !== undefined);
    if (found !== undefined) return found;
    this.reader.refuse(names.join(" or "), "none of them is set", "CI_FACTS_MISSING");
    return "";
  }

  needCommit(name: string): string {
    const value = this.need(name);
    if (value === "" || COMMIT.test(value)) return value;
    this.reader.refuse(name, "expected the id of a commit: 40 or 64 hex digits", "CI_FACTS_MISSING");
    return "";
  }

  /** An address of the web, without what only its user may know. */
  url(name: string): string | undefined {
    const value = this.#plain(name);
    if (value === undefined) return undefined;
    const url = toPlainUrl(value);
    if (url !== undefined && !looksSecret(url)) return url;
    return this.reader.refuse(name, "expected an address of the web without a secret in it", "VALUE_INVALID");
  }

  needUrl(name: string): string {
    if (this.#plain(name) === undefined) this.reader.refuse(name, "is not set", "CI_FACTS_MISSING");
    return this.url(name) ?? "";
  }

  /** The address of a repository, as `git+https://…`. */
  needRepository(name: string): string {
    const value = this.#plain(name);
    if (value === undefined) {
      this.reader.refuse(name, "is not set", "CI_FACTS_MISSING");
      return "";
    }
    const uri = toSourceUri(value);
    if (uri !== undefined && !looksSecret(uri)) return uri;
    this.reader.refuse(name, "expected the address of a repository on a server", "VALUE_INVALID");
    return "";
  }

  /** A time; what is none is refused. */
  time(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined || parseTime(value) !== undefined) return value;
    return this.reader.refuse(name, "expected an RFC 3339 time", "VALUE_INVALID");
  }

  /** The variables of a list that are set, by their own names. */
  named(names: readonly string[]): ValueObject {
    return Object.fromEntries(
      names.flatMap((name) => {
        const value = this.text(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }

  /** A variable that may hold a password, of which only a part is told: bounded, and nothing else. */
  #plain(name: string): string | undefined {
    const value = this.#environment(name);
    if (value === undefined || value === "") return undefined;
    if (value.length <= LIMITS.ciValueLength && !/\p{Cc}/u.test(value.trim())) return value;
    return this.reader.refuse(name, "expected one line of bounded length", "VALUE_INVALID");
  }
}

/** Why a text cannot be told, or undefined. */
function problemOf(value: string): string | undefined {
  if (value.length > LIMITS.ciValueLength) return `expected at most ${LIMITS.ciValueLength} characters`;
  if (/\p{Cc}/u.test(value)) return "expected one line without control characters";
  return looksSecret(value) ? "it looks like a secret, which provenance must not hold" : undefined;
}

/**
 * Inputs of a build as they may be told: texts, numbers and booleans; those whose names or values look secret are `***`.
 * What is neither is refused with its place.
 */
export function toldInputs(reader: DocumentReader, inputs: ValueObject, path: string): ValueObject {
  const entries = Object.entries(inputs);
  if (entries.length > LIMITS.ciFacts) {
    reader.refuse(path, `expected at most ${LIMITS.ciFacts} inputs, found ${entries.length}`, "LIMIT_EXCEEDED");
    return {};
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, toldInput(reader, name, value, path)]));
}

function toldInput(reader: DocumentReader, name: string, value: Value, path: string): Value {
  if (namesSecret(name)) return REDACTED;
  if (Array.isArray(value) || isValueObject(value)) {
    reader.refuse(`${path}.${name.slice(0, 100)}`, "expected a text, a number or a boolean", "VALUE_INVALID");
    return REDACTED;
  }
  if (typeof value !== "string") return value;
  if (value.length <= LIMITS.ciValueLength) return looksSecret(value) ? REDACTED : value;
  reader.refuse(
    `${path}.${name.slice(0, 100)}`,
    `expected at most ${LIMITS.ciValueLength} characters`,
    "VALUE_INVALID",
  );
  return REDACTED;
}
