import { Double, type Value, type ValueObject } from "../../base/index.ts";
import { type DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { SARIF_LEVELS, type SarifLevel, type SarifRule, type SarifTool } from "./sarif.ts";

/** A tool's rules with what results look up in them. */
export interface Component {
  readonly tool: SarifTool;
  readonly guid: string | undefined;
  readonly messages: ReadonlyMap<string, string>;
  /** At the index of each rule: null where it could not be read, which was refused. */
  readonly rules: readonly (ReadRule | null)[];
  /** By id; null where several rules have it, so that the id alone names none (§3.52.4). */
  readonly byId: ReadonlyMap<string, ReadRule | null>;
  readonly byGuid: ReadonlyMap<string, ReadRule>;
}

export interface ReadRule {
  readonly rule: SarifRule;
  readonly guid: string | undefined;
  readonly messages: ReadonlyMap<string, string>;
}

/** Reads `tool.driver`, or one of `tool.extensions`. */
export function readComponent(reader: DocumentReader, item: ValueObject, path: string): Component {
  const rules: (ReadRule | null)[] = [];
  const byId = new Map<string, ReadRule | null>();
  const byGuid = new Map<string, ReadRule>();
  const rulesPath = join(path, "rules");
  reader.list(item, "rules", path).forEach((value, index) => {
    const at = `${rulesPath}[${index}]`;
    const object = reader.object(value, at);
    const read = object === undefined ? null : readRule(reader, object, at);
    rules.push(read);
    if (read === null) return;
    byId.set(read.rule.id, byId.has(read.rule.id) ? null : read);
    if (read.guid !== undefined) byGuid.set(read.guid, read);
  });
  const tool = withoutUndefined({
    name: reader.string(item, "name", path),
    version: reader.optionalString(item, "semanticVersion", path) ?? reader.optionalString(item, "version", path),
    rules: rules.filter((read) => read !== null).map(({ rule }) => rule),
  });
  const guid = reader.optionalString(item, "guid", path)?.toLowerCase();
  return { tool, guid, messages: readMessages(reader, item, "globalMessageStrings", path), rules, byId, byGuid };
}

function readRule(reader: DocumentReader, item: ValueObject, path: string): ReadRule {
  const configuration = reader.optionalObject(item, "defaultConfiguration", path);
  const rule = withoutUndefined({
    id: reader.string(item, "id", path),
    name: reader.optionalString(item, "name", path),
    level: readWord(reader, configuration, "level", join(path, "defaultConfiguration"), SARIF_LEVELS) ?? "warning",
    securitySeverity: readSecuritySeverity(reader, item, path),
  });
  const guid = reader.optionalString(item, "guid", path)?.toLowerCase();
  return { rule, guid, messages: readMessages(reader, item, "messageStrings", path) };
}

/** Tools write it as text, some as a number; some write words such as "undefined", which state no number. */
function readSecuritySeverity(reader: DocumentReader, item: ValueObject, path: string): number | undefined {
  const properties = reader.optionalObject(item, "properties", path);
  const value = properties === undefined ? undefined : member(properties, "security-severity");
  const score = value instanceof Double ? value.value : value;
  const number = typeof score === "string" && /^\d{1,2}(?:\.\d{1,20})?$/.test(score) ? Number(score) : score;
  return typeof number === "number" && number >= 0 && number <= 10 ? number : undefined;
}

function readMessages(
  reader: DocumentReader,
  item: ValueObject,
  key: string,
  path: string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const object = reader.optionalObject(item, key, path) ?? {};
  for (const [id, value] of Object.entries(object)) {
    const at = join(join(path, key), id);
    const message = reader.object(value, at);
    if (message !== undefined) texts.set(id, reader.string(message, "text", at));
  }
  return texts;
}

/** A member that is one of a list of words; undefined where it is absent, or was refused. */
export function readWord<T extends string>(
  reader: DocumentReader,
  item: ValueObject | undefined,
  key: string,
  path: string,
  words: readonly T[],
): T | undefined {
  const value = item === undefined ? undefined : member(item, key);
  if (value === undefined) return undefined;
  const word = words.find((known) => known === value);
  return word ?? reader.refuse(join(path, key), `expected one of ${words.join(", ")}, found ${describe(value)}`);
}

/** A member that is an integer from `least` on; undefined where it is absent, or was refused. */
export function readInteger(
  reader: DocumentReader,
  item: ValueObject,
  key: string,
  path: string,
  least: number,
): number | undefined {
  const integer = integerOf(member(item, key));
  if (integer === undefined) return undefined;
  if (Number.isSafeInteger(integer) && integer >= least) return integer;
  return reader.refuse(join(path, key), `expected an integer from ${least} on, found ${describe(member(item, key))}`);
}

const integerOf = (value: Value | undefined): number | undefined =>
  value === undefined ? undefined : value instanceof Double ? value.value : typeof value === "number" ? value : NaN;

/** An index into a list of `length`; -1 is the default and means absent (§3.4.7). */
export function readIndex(
  reader: DocumentReader,
  item: ValueObject,
  key: string,
  path: string,
  length: number,
): number | undefined {
  const index = readInteger(reader, item, key, path, -1);
  if (index === undefined || index === -1) return undefined;
  if (index < length) return index;
  return reader.refuse(join(path, key), `expected an index below ${length}, found ${index}`);
}

/** Where the rules of a run are. */
export interface Components {
  readonly driver: Component;
  readonly extensions: readonly Component[];
}

/** The component that a reference to a rule names by `toolComponent`; the driver where it names none. */
function componentOf(
  reader: DocumentReader,
  reference: ValueObject,
  path: string,
  { driver, extensions }: Components,
): Component | undefined {
  const item = reader.optionalObject(reference, "toolComponent", path);
  if (item === undefined) return driver;
  const at = join(path, "toolComponent");
  const index = readIndex(reader, item, "index", at, extensions.length);
  if (index !== undefined) return extensions[index];
  const guid = reader.optionalString(item, "guid", at)?.toLowerCase();
  const name = reader.optionalString(item, "name", at);
  if (guid === undefined && name === undefined) return driver;
  const found = [driver, ...extensions].find((each) =>
    guid === undefined ? each.tool.name === name : each.guid === guid,
  );
  return found ?? reader.refuse(at, "expected the tool or one of its extensions, found neither by this name");
}

/** What a result, or an override of a rule's configuration, says about its rule. */
export interface RuleReference {
  readonly id: string | undefined;
  readonly rule: ReadRule | undefined;
  readonly component: Component;
}

/**
 * The rule that a reportingDescriptorReference means (§3.52): by index, by guid, or by an id that one rule alone has. An
 * index or guid that leads nowhere, and an id that contradicts the rule, are refused. An id may be finer than its rule's:
 * `CA1000/1` is of the rule `CA1000`.
 */
export function readRuleReference(
  reader: DocumentReader,
  reference: ValueObject,
  path: string,
  components: Components,
  stated: { readonly id?: string | undefined; readonly index?: number | undefined } = {},
): RuleReference {
  const component = componentOf(reader, reference, path, components) ?? components.driver;
  const id = reader.optionalString(reference, "id", path);
  if (id !== undefined && stated.id !== undefined && id !== stated.id) {
    reader.refuse(join(path, "id"), "expected the result's ruleId, found another id");
  }
  const index = readIndex(reader, reference, "index", path, component.rules.length);
  if (index !== undefined && stated.index !== undefined && index !== stated.index) {
    reader.refuse(join(path, "index"), "expected the result's ruleIndex, found another index");
  }
  const guid = reader.optionalString(reference, "guid", path)?.toLowerCase();
  return resolve(reader, path, component, { id: id ?? stated.id, index: index ?? stated.index, guid });
}

interface RuleNames {
  readonly id: string | undefined;
  readonly index: number | undefined;
  readonly guid: string | undefined;
}

function resolve(reader: DocumentReader, path: string, component: Component, names: RuleNames): RuleReference {
  const { id, index, guid } = names;
  if (index !== undefined || guid !== undefined) {
    const rule = index === undefined ? component.byGuid.get(guid ?? "") : component.rules[index];
    if (rule === undefined) reader.refuse(path, "expected a rule of this index or guid, found none");
    if (rule && id !== undefined && id !== rule.rule.id && !id.startsWith(`${rule.rule.id}/`)) {
      reader.refuse(path, "expected the id of the rule at this index or guid, found another one");
    }
    return { id: id ?? rule?.rule.id, rule: rule ?? undefined, component };
  }
  return { id, rule: id === undefined ? undefined : ruleOfId(component, id), component };
}

/** By the whole id, else by what comes before its last slash, and so on. */
function ruleOfId(component: Component, id: string): ReadRule | undefined {
  for (let name = id; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf("/")))) {
    const rule = component.byId.get(name);
    if (rule !== undefined) return rule ?? undefined;
    // A hostile id of slashes must not cost the square of its length.
    if (name.length > MAX_ID_LENGTH) return undefined;
  }
  return undefined;
}

const MAX_ID_LENGTH = 1_000;

/** Levels that an invocation sets for rules instead of their own (§3.20.5). */
export function readOverrides(
  reader: DocumentReader,
  invocation: ValueObject,
  path: string,
  components: Components,
): ReadonlyMap<ReadRule, SarifLevel> {
  const levels = new Map<ReadRule, SarifLevel>();
  reader.objects(invocation, "ruleConfigurationOverrides", path, (item, at) => {
    const descriptor = reader.object(member(item, "descriptor"), join(at, "descriptor"));
    const configuration = reader.object(member(item, "configuration"), join(at, "configuration"));
    if (descriptor === undefined || configuration === undefined) return undefined;
    const { rule } = readRuleReference(reader, descriptor, join(at, "descriptor"), components);
    const level = readWord(reader, configuration, "level", join(at, "configuration"), SARIF_LEVELS);
    if (rule !== undefined && level !== undefined) levels.set(rule, level);
    return undefined;
  });
  return levels;
}
