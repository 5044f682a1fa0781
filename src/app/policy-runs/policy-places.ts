import {
  type AmapError,
  type Issue,
  isAmapError,
  LIMITS,
  listOf,
  memberOf,
  readYamlPlaces,
  type Value,
  type YamlPlaces,
} from "../../base/index.ts";
import type { World } from "../world.ts";

/** Where a policy was read from. */
export interface PolicyOrigin {
  readonly world: World;
  readonly file: string;
  /** Among the documents of the file, from 0. */
  readonly document: number;
  /** Where it stands in its document, which may be a list: `items[2]`. */
  readonly within: string;
  /** The names of its rules, in order: generated rules are told to stand where the ones do that they are made from. */
  readonly rules: readonly string[];
}

/** Where a part of a policy stands: `policy.yaml:12:5`; the file alone when the place is not known. */
export type Locate = (path: string) => string;

/** Where policies and their parts stand in their files. A file is read again when its places are first asked for. */
export class PolicyPlaces {
  readonly #origins = new WeakMap<object, PolicyOrigin>();
  readonly #files = new WeakMap<World, Map<string, Promise<YamlPlaces | undefined>>>();

  /** Remembers where a plan comes from. */
  remember(plan: object, origin: PolicyOrigin): void {
    this.#origins.set(plan, origin);
  }

  /** The places of a plan's policy; of a plan that was not remembered every place is the same empty text. */
  async ofPlan(plan: object): Promise<Locate> {
    const origin = this.#origins.get(plan);
    return origin === undefined ? () => "" : this.ofOrigin(origin);
  }

  async ofOrigin({ world, file, document, within, rules }: PolicyOrigin): Promise<Locate> {
    let files = this.#files.get(world);
    if (files === undefined) {
      files = new Map();
      this.#files.set(world, files);
    }
    const known = files.get(file) ?? readPlaces(world, file);
    files.set(file, known);
    const places = await known;
    return (path) => {
      const place = places?.locate(document, joined(within, writtenPath(path, rules)));
      return place === undefined ? file : `${file}:${place.line}:${place.column}`;
    };
  }
}

/**
 * The places of a file; undefined when it cannot be read a second time (a pipe), or is gone: no message fails for want of
 * a line number.
 */
async function readPlaces(world: World, file: string): Promise<YamlPlaces | undefined> {
  try {
    if ((await world.files.kindOf(file, { followLinks: true })) !== "file") return undefined;
    return placesOf(await world.files.read(file, LIMITS.documentBytes));
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return undefined;
  }
}

function placesOf(bytes: Uint8Array): YamlPlaces | undefined {
  try {
    return readYamlPlaces(bytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return undefined;
  }
}

const IN_DOCUMENT = /^document (\d+): /;
const AT_LINE = /at line (\d+), column (\d+)$/;

/**
 * A message of several lines as one that ends a command: only lines of an excerpt stay lines there, so that no text of a
 * document can add one.
 */
export function asExcerpt(message: string): string {
  return message.replace(/\n(?! {2}\|)/g, "\n  | ");
}

/** What is wrong with a file that is no policy, a line each. An issue says its document where there are several. */
export function describeFileIssues(file: string, bytes: Uint8Array, issues: readonly Issue[]): string {
  const places = placesOf(bytes);
  const lines = issues.slice(0, LIMITS.reportedIssues).map((issue) => {
    const document = Number(IN_DOCUMENT.exec(issue.message)?.[1] ?? 1) - 1;
    const [, line, column] = AT_LINE.exec(issue.message) ?? [];
    const place = line === undefined ? places?.locate(document, issue.path) : { line, column };
    return describeIssues([issue], () => (place === undefined ? file : `${file}:${place.line}:${place.column}`));
  });
  const more = issues.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function joined(within: string, path: string): string {
  if (within === "" || path === "") return `${within}${path}`;
  return path.startsWith("[") ? `${within}${path}` : `${within}.${path}`;
}

const GENERATED_RULE = /^spec\.rules\((?:autogen-(?:cronjob-)?)?([^)]*)\)/;

/** A generated rule's path (`spec.rules(autogen-owner)`) as that of the rule that it is made from. */
function writtenPath(path: string, rules: readonly string[]): string {
  const generated = GENERATED_RULE.exec(path);
  if (generated === null) return path;
  // A long name is cut, so that the generated one is not too long.
  const index = rules.findIndex((name) => name.startsWith(generated[1] ?? ""));
  return index < 0 ? "spec.rules" : `spec.rules[${index}]${path.slice(generated[0].length)}`;
}

/** The names of a policy document's rules. */
export function ruleNamesOf(policy: Value): readonly string[] {
  return listOf(memberOf(policy, "spec"), "rules").map((rule) => {
    const name = memberOf(rule, "name");
    return typeof name === "string" ? name : "";
  });
}

/**
 * What is wrong with a file, a line each: the place, the path in the document, the message. No more than
 * LIMITS.reportedIssues are told.
 */
export function describeIssues(issues: readonly Issue[], locate: Locate): string {
  const lines = issues
    .slice(0, LIMITS.reportedIssues)
    .map(({ path, message }) => `${locate(path)}: ${path === "" ? message : `${path}: ${message}`}`);
  const more = issues.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

/** The message of what could not be read, with the file and, where the reader knows it, the line before it. */
export function placedMessage(file: string, error: AmapError): string {
  const message = error.message.startsWith(`${file}: `) ? error.message.slice(file.length + 2) : error.message;
  const { line, column } = isAmapError(error.cause) ? error.cause.details : error.details;
  const place = typeof line === "number" && typeof column === "number" ? `${file}:${line}:${column}` : file;
  return `${place}: ${message}`;
}
