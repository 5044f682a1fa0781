import { isValueObject, listOf, matchesWildcard, memberOf, textOf, type Value } from "../../../base/index.ts";
import { kindOf, type Operation, type PolicyInput, subjectOf } from "../../evaluate/input.ts";
import type { ResourceKind } from "./kind-selector.ts";

/** What match and exclude blocks look at. Made once for an input and used by all its rules. */
export class MatchTarget {
  readonly #subject: Value;
  readonly #input: PolicyInput;
  readonly #charge: (steps: number) => void;
  #labels: ReadonlyMap<string, string> | undefined;
  #annotations: ReadonlyMap<string, string> | undefined;
  #namespaceLabels: ReadonlyMap<string, string> | undefined;
  /** What is asked for: its kind, which for a subresource may be another than the object's. */
  readonly resource: ResourceKind;
  /** The object's own kind. */
  readonly kind: string;
  /** `metadata.name`, or `metadata.generateName` while it has none. */
  readonly name: string;
  /** `metadata.name` alone. */
  readonly ownName: string;
  /** Of the request where there is one, else of the object; a Namespace is in none. */
  readonly namespace: string;
  /** The namespace of the object before the change, where there is one. */
  readonly oldNamespace: string | undefined;
  readonly operation: Operation;
  readonly username: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly clusterRoles: readonly string[];

  /** `charge` is called with the steps that comparisons take. */
  constructor(input: PolicyInput, charge: (steps: number) => void) {
    const subject = subjectOf(input);
    const metadata = memberOf(subject, "metadata");
    this.#input = input;
    this.#subject = subject;
    this.#charge = charge;
    const own = kindOf(subject);
    this.kind = own.kind;
    this.resource = {
      group: input.requested?.group ?? own.group,
      version: input.requested?.version ?? own.version,
      kind: input.requested?.kind ?? own.kind,
      subresource: input.subresource ?? "",
    };
    this.ownName = textOf(metadata, "name");
    this.name = this.ownName || textOf(metadata, "generateName");
    const namespaceOf = (object: Value): string =>
      this.kind === "Namespace" ? "" : input.requested?.namespace || textOf(memberOf(object, "metadata"), "namespace");
    this.namespace = namespaceOf(subject);
    const old = input.oldObject;
    this.oldNamespace = isValueObject(old) ? namespaceOf(old) : undefined;
    this.operation = input.operation;
    this.username = textOf(input.userInfo, "username");
    this.groups = listOf(input.userInfo, "groups").filter((group) => typeof group === "string");
    this.roles = input.roles ?? [];
    this.clusterRoles = input.clusterRoles ?? [];
  }

  /** Whether there is an object at all. */
  get isPresent(): boolean {
    return isValueObject(this.#subject);
  }

  /** Whether nothing is known of who asks, as in background scans: then match blocks do not look at users. */
  get isAnonymous(): boolean {
    const { userInfo } = this.#input;
    const isUnknown = !isValueObject(userInfo) || Object.keys(userInfo).length === 0;
    return isUnknown && this.roles.length === 0 && this.clusterRoles.length === 0;
  }

  get labels(): ReadonlyMap<string, string> {
    this.#labels ??= textMap(memberOf(memberOf(this.#subject, "metadata"), "labels"));
    return this.#labels;
  }

  get annotations(): ReadonlyMap<string, string> {
    this.#annotations ??= textMap(memberOf(memberOf(this.#subject, "metadata"), "annotations"));
    return this.#annotations;
  }

  /** The labels of the object's Namespace; none when they are not known. */
  get namespaceLabels(): ReadonlyMap<string, string> {
    this.#namespaceLabels ??= textMap(
      this.#input.namespaceLabels ?? memberOf(memberOf(this.#input.namespaceObject, "metadata"), "labels"),
    );
    return this.#namespaceLabels;
  }

  /** Whether text matches a pattern of `*` and `?`; charged by their lengths. */
  like(pattern: string, text: string): boolean {
    this.#charge(1 + Math.floor((pattern.length * text.length) / STEP_COMPARISONS));
    return matchesWildcard(pattern, text);
  }
}

/** How many comparisons of characters count as one step. */
const STEP_COMPARISONS = 256;

/** A map of texts; as in Kyverno, one value that is no text makes it empty. */
function textMap(value: Value | undefined): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  if (!isValueObject(value)) return texts;
  for (const key of Object.keys(value)) {
    const text = value[key];
    if (typeof text !== "string") return new Map();
    texts.set(key, text);
  }
  return texts;
}
