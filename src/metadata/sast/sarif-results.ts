import type { ValueObject } from "../../base/index.ts";
import { type DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import {
  SARIF_BASELINES,
  SARIF_KINDS,
  SARIF_LEVELS,
  type SarifKind,
  type SarifLevel,
  type SarifLocation,
  type SarifMessage,
  type SarifResult,
  type SarifSuppression,
} from "./sarif.ts";
import {
  type Components,
  type ReadRule,
  type RuleReference,
  readIndex,
  readInteger,
  readRuleReference,
  readWord,
} from "./sarif-rules.ts";

interface Place {
  readonly uri: string | undefined;
  readonly uriBaseId: string | undefined;
}

/** Places of a run's artifacts, which results may name by index. */
export type Artifacts = readonly Place[];

/** What a run's results refer to. */
export interface ResultFrame {
  readonly components: Components;
  /** Of each invocation. */
  readonly overrides: readonly ReadonlyMap<ReadRule, SarifLevel>[];
  readonly artifacts: Artifacts;
}

/** Reads `run.artifacts`; each keeps its place. */
export function readArtifacts(reader: DocumentReader, run: ValueObject, path: string): Artifacts {
  return reader.list(run, "artifacts", path).map((value, index) => {
    const at = `${join(path, "artifacts")}[${index}]`;
    const item = reader.object(value, at) ?? {};
    const location = reader.optionalObject(item, "location", at) ?? {};
    return readPlace(reader, location, join(at, "location"));
  });
}

function readPlace(reader: DocumentReader, item: ValueObject, path: string): Place {
  return {
    uri: reader.optionalString(item, "uri", path),
    uriBaseId: reader.optionalString(item, "uriBaseId", path),
  };
}

/** Reads one result. */
export function readResult(reader: DocumentReader, item: ValueObject, path: string, frame: ResultFrame): SarifResult {
  const reference = readRule(reader, item, path, frame.components);
  const kind = readWord(reader, item, "kind", path, SARIF_KINDS) ?? "fail";
  return withoutUndefined({
    ruleId: reference.id,
    rule: reference.rule?.rule,
    kind,
    level: readLevel(reader, item, path, { frame, kind, rule: reference.rule }),
    message: readMessage(reader, item, path, reference),
    locations: reader.objects(item, "locations", path, (each, at) => readLocation(reader, each, at, frame.artifacts)),
    suppressions: reader.objects(item, "suppressions", path, (each, at) => readSuppression(reader, each, at)),
    baseline: readWord(reader, item, "baselineState", path, SARIF_BASELINES),
    partialFingerprints: reader.stringMap(item, "partialFingerprints", path),
  });
}

/** The rule by `ruleId`, `ruleIndex` and `rule`, which must not contradict each other (§3.27.5 to §3.27.7). */
function readRule(reader: DocumentReader, item: ValueObject, path: string, components: Components): RuleReference {
  const id = reader.optionalString(item, "ruleId", path);
  const rule = reader.optionalObject(item, "rule", path);
  // Where `rule` names an extension, the index counts the rules of that extension: its range is checked there.
  const index = readIndex(reader, item, "ruleIndex", path, Number.MAX_SAFE_INTEGER);
  const at = rule === undefined ? path : join(path, "rule");
  return readRuleReference(reader, rule ?? {}, at, components, { id, index });
}

interface LevelInput {
  readonly frame: ResultFrame;
  readonly kind: SarifKind;
  readonly rule: ReadRule | undefined;
}

/**
 * The level by §3.27.10: what is no failure has none; else the result's own, what its invocation sets for the rule, the
 * rule's, "warning".
 */
function readLevel(reader: DocumentReader, item: ValueObject, path: string, input: LevelInput): SarifLevel {
  const stated = readWord(reader, item, "level", path, SARIF_LEVELS);
  if (input.kind !== "fail") {
    if (stated !== undefined && stated !== "none") {
      reader.refuse(join(path, "level"), `expected "none" for a result of the kind "${input.kind}", found "${stated}"`);
    }
    return "none";
  }
  const provenance = reader.optionalObject(item, "provenance", path) ?? {};
  const { overrides } = input.frame;
  const index = readIndex(reader, provenance, "invocationIndex", join(path, "provenance"), overrides.length);
  const { rule } = input;
  if (stated !== undefined) return stated;
  if (rule === undefined) return "warning";
  const overridden = index === undefined ? undefined : overrides[index]?.get(rule);
  return overridden ?? rule.rule.level;
}

/** A message states its text, or the id of one that its rule or its tool has (§3.11.7). */
function readMessage(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
  { rule, component }: RuleReference,
): SarifMessage {
  const at = join(path, "message");
  const message = reader.object(member(item, "message"), at) ?? {};
  const values = reader.strings(message, "arguments", at);
  const text = reader.optionalString(message, "text", at);
  if (text !== undefined) return { text, arguments: values };
  const id = reader.optionalString(message, "id", at);
  const found = id === undefined ? undefined : (rule?.messages.get(id) ?? component.messages.get(id));
  if (found !== undefined) return { text: found, arguments: values };
  // An empty text is a text: tools write it where the rule says all.
  if (member(message, "text") === "") return { text: "", arguments: values };
  if (member(item, "message") !== undefined) {
    reader.refuse(
      at,
      id === undefined
        ? `expected a text or an id, found ${describe(member(message, "text"))}`
        : "expected an id of the rule's messageStrings or the tool's globalMessageStrings, found neither",
    );
  }
  return { text: "", arguments: values };
}

function readLocation(reader: DocumentReader, item: ValueObject, path: string, artifacts: Artifacts): SarifLocation {
  const physicalPath = join(path, "physicalLocation");
  const physical = reader.optionalObject(item, "physicalLocation", path) ?? {};
  const artifactPath = join(physicalPath, "artifactLocation");
  const artifact = reader.optionalObject(physical, "artifactLocation", physicalPath) ?? {};
  const region = reader.optionalObject(physical, "region", physicalPath) ?? {};
  const stated = readPlace(reader, artifact, artifactPath);
  const index = readIndex(reader, artifact, "index", artifactPath, artifacts.length);
  const listed = index === undefined ? undefined : artifacts[index];
  const names = reader.objects(item, "logicalLocations", path, (logical, at) => ({
    name: reader.optionalString(logical, "fullyQualifiedName", at) ?? reader.optionalString(logical, "name", at),
  }));
  return withoutUndefined({
    uri: stated.uri ?? listed?.uri,
    uriBaseId: stated.uriBaseId ?? (stated.uri === undefined ? listed?.uriBaseId : undefined),
    startLine: readInteger(reader, region, "startLine", join(physicalPath, "region"), 1),
    logicalName: names.find(({ name }) => name !== undefined)?.name,
  });
}

function readSuppression(reader: DocumentReader, item: ValueObject, path: string): SarifSuppression | undefined {
  const kind = readWord(reader, item, "kind", path, ["inSource", "external"] as const);
  if (kind === undefined) {
    if (member(item, "kind") === undefined) {
      reader.refuse(join(path, "kind"), "expected inSource or external, found nothing");
    }
    return undefined;
  }
  return withoutUndefined({
    kind,
    status: readWord(reader, item, "status", path, ["accepted", "underReview", "rejected"] as const),
    justification: reader.optionalString(item, "justification", path),
  });
}
