import type { Value } from "../../base/index.ts";
import type { Attestation, Attestor, AttestorSet, ImageVerification } from "../resource/kyverno/image-verification.ts";
import { splitKeys, typeOfAttestation, withoutOldFields } from "../rules/image-attestors.ts";
import { type PolicyPart, writeAttestor } from "./attestor-to-cel.ts";
import { and, matchesText, not, or, quote } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { type ConversionNote, type ConvertedRule, evaluationOf, type RuleHead } from "./converted-rule.ts";
import { typeOfKinds } from "./field-types.ts";
import { finishPolicy } from "./finished-policy.ts";
import { refuseLookups } from "./generation-rule.ts";
import { NamedParts } from "./named-parts.ts";
import { NotConvertible } from "./not-convertible.ts";
import { ALL_IMAGES } from "./pod-images-text.ts";
import { PolicyVariables } from "./policy-variables.ts";
import { convertPredicateConditions, type PredicateNames } from "./predicate-to-cel.ts";
import { textOfQuery } from "./query-functions.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { queryOf } from "./template-to-cel.ts";
import { scopeOf } from "./validation-to-cel.ts";

/** A verifyImages rule as ImageValidatingPolicies, one for each of its entries. It throws NotConvertible. */
export function convertImagesRule(head: RuleHead, entries: readonly ImageVerification[]): readonly ConvertedRule[] {
  const { rule, path } = head;
  if (entries.some(({ validate }) => validate !== undefined) && entries.length > 1)
    throw new NotConvertible(`${path}.verifyImages`, "what one entry verified is looked at by others");
  const type = typeOfKinds(
    head.match.kinds.map(({ group, version, kind }) => ({
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind,
    })),
    head.controllers.length > 0,
  );
  const makeScope = (variables?: PolicyVariables): QueryScope =>
    scopeOf("object", type, rule.context, `${path}.context`, variables === undefined ? {} : { variables });
  const matchConditions: { name: string; expression: string }[] = [];
  if (rule.preconditions !== undefined) {
    const scope = makeScope();
    const met = convertConditions(rule.preconditions, { scope, path: `${path}.preconditions` });
    if (met.constant !== true) matchConditions.push({ name: "preconditions", expression: met.text });
  }
  // As in Kyverno, an action holds for the entries after it, too.
  let action = (head.resource.policy.spec.validationFailureAction ?? "Audit").toLowerCase();
  return entries.map((entry, index) => {
    if (entry.failureAction !== undefined) action = entry.failureAction.toLowerCase();
    const at = `${path}.verifyImages[${index}]`;
    return finishPolicy(head, {
      kind: "ImageValidatingPolicy",
      phase: "verifyImages",
      path: at,
      ...(entries.length === 1 ? {} : { suffix: String(index + 1) }),
      spec: { ...commonSpec(head, action), ...entrySpec(withoutOldFields(entry), { head, makeScope }, at) },
      matchConditions,
      differences: differencesOf(entry, head.controllers, at),
    });
  });
}

function commonSpec({ resource, match, controllers, path }: RuleHead, action: string): PolicyPart {
  const { spec } = resource.policy;
  if ((spec.validationFailureActionOverrides ?? []).length > 0)
    throw new NotConvertible(path, "what a failure leads to depends on the namespace");
  const { failurePolicy = spec.failurePolicy } = spec.webhookConfiguration ?? {};
  const extended = extensionOf(match, controllers, path);
  return {
    ...evaluationOf(spec),
    ...(failurePolicy === undefined ? {} : { failurePolicy }),
    ...extended,
    validationActions: [action === "enforce" ? "Deny" : "Audit"],
  };
}

const PLURALS: Readonly<Record<string, string>> = {
  CronJob: "cronjobs",
  DaemonSet: "daemonsets",
  Deployment: "deployments",
  Job: "jobs",
  ReplicaSet: "replicasets",
  StatefulSet: "statefulsets",
};

/** Which controllers of Pods the policy is extended to, where that is not what it is when nothing is said. */
function extensionOf(match: RuleHead["match"], controllers: readonly string[], path: string): PolicyPart {
  const isForPods = match.kinds.length === 1 && match.kinds[0]?.resource === "pods";
  if (!isForPods) {
    if (controllers.length === 0) return {};
    throw new NotConvertible(
      `${path}.match`,
      "the rule is extended to the controllers of Pods, and a policy like this one is not",
    );
  }
  const wanted = controllers.flatMap((kind) => PLURALS[kind] ?? []).toSorted();
  if (wanted.length === Object.keys(PLURALS).length) return {};
  return { autogen: { podControllers: { controllers: wanted } } };
}

function differencesOf(
  { type = "Cosign", attestations = [], skipImageReferences = [] }: ImageVerification,
  controllers: readonly string[],
  path: string,
): readonly ConversionNote[] {
  return [
    {
      path: `${path}.imageReferences`,
      reason: "images of volumes count, and an image with tag and digest is matched by both",
    },
    ...(type === "Notary"
      ? []
      : [{ path: `${path}.type`, reason: "signatures count in Sigstore's bundle form and in cosign's older one" }]),
    ...(skipImageReferences.length === 0
      ? []
      : [{ path: `${path}.skipImageReferences`, reason: "images that are skipped get no digest" }]),
    ...(attestations.length === 0
      ? []
      : [{ path: `${path}.attestations`, reason: "of several statements of one type the newest is looked at" }]),
    ...(controllers.includes("ReplicationController")
      ? [{ path, reason: "it is not extended to ReplicationControllers" }]
      : []),
    { path, reason: "it does not look at deletions" },
  ];
}

/** The parts of a policy that name each other. */
interface Parts {
  /** What variables of the rule's context stand for. */
  readonly scope: QueryScope;
  readonly looked: PolicyVariables;
  readonly attestors: NamedParts;
  readonly attestations: NamedParts;
}

/** The rule around an entry. */
interface EntryPlace {
  readonly head: RuleHead;
  readonly makeScope: (looked: PolicyVariables) => QueryScope;
}

function entrySpec(entry: ImageVerification, { head, makeScope }: EntryPlace, path: string): PolicyPart {
  const looked = new PolicyVariables();
  const parts: Parts = {
    attestors: new NamedParts(),
    attestations: new NamedParts(),
    looked,
    scope: makeScope(looked),
  };
  if (entry.cosignOCI11 === true)
    throw new NotConvertible(`${path}.cosignOCI11`, "cosign's older form of OCI 1.1 referrers is not looked for");
  const validations = validationsOf(entry, parts, path);
  refuseLookups(looked, head);
  const credentials = entry.imageRegistryCredentials;
  if ((credentials as PolicyPart | undefined)?.["helpers"] !== undefined)
    throw new NotConvertible(`${path}.imageRegistryCredentials.helpers`, "write providers");
  const { mutateDigest = true, verifyDigest = true, required = true } = entry;
  const configurations = {
    ...(mutateDigest ? {} : { mutateDigest }),
    ...(verifyDigest ? {} : { verifyDigest }),
    ...(required ? {} : { required }),
  };
  const attestations = parts.attestations.parts;
  return {
    ...imagesMatched(entry, path),
    ...(credentials === undefined ? {} : { credentials }),
    ...(Object.keys(configurations).length === 0 ? {} : { validationConfigurations: configurations }),
    attestors: parts.attestors.parts,
    ...(attestations.length === 0 ? {} : { attestations }),
    ...(validations.length > 0
      ? { variables: [...looked.list.map(checkName), { name: "images", expression: ALL_IMAGES }] }
      : {}),
    // A policy that only checks digests has nothing of its own to say.
    validations: validations.length === 0 ? [{ expression: "true" }] : validations,
  };
}

function checkName(variable: PolicyVariables["list"][number]): PolicyVariables["list"][number] {
  if (variable.name !== "images") return variable;
  throw new NotConvertible("spec.rules", "a variable of the context is named images, as the images of the object are");
}

function imagesMatched(
  { imageReferences = [], skipImageReferences = [], verifyDigest = true, mutateDigest = true }: ImageVerification,
  path: string,
): PolicyPart {
  for (const [index, glob] of imageReferences.entries()) {
    if (/[[\]{}\\!]/.test(glob))
      throw new NotConvertible(`${path}.imageReferences[${index}]`, `${glob} means something else as a glob`);
  }
  if (skipImageReferences.length > 0) {
    if (verifyDigest && !mutateDigest)
      throw new NotConvertible(
        `${path}.skipImageReferences`,
        "what is skipped must be named by its digest all the same",
      );
    const like = (globs: readonly string[]): ReturnType<typeof or> =>
      or(...globs.map((glob) => matchesText("ref", glob)));
    const expression = and(like(imageReferences), not(like(skipImageReferences))).text;
    return { matchImageReferences: [{ expression }] };
  }
  if (imageReferences.some((glob) => /^\*+$/.test(glob))) return {};
  return { matchImageReferences: imageReferences.map((glob) => ({ glob })) };
}

function validationsOf(entry: ImageVerification, parts: Parts, path: string): readonly Value[] {
  const signed = (entry.attestors ?? []).map((set, index) => {
    const count = countText(set, { entry, parts, path: `${path}.attestors[${index}]` }, (names) =>
      names.length === 0 ? "0" : `verifyImageSignatures(image, [${names.join(", ")}])`,
    );
    return { expression: `variables.images.all(image, ${count})`, message: "image signatures were not verified" };
  });
  const stated = (entry.attestations ?? []).flatMap((attestation, index) =>
    attestationValidations(attestation, { entry, parts, path: `${path}.attestations[${index}]` }),
  );
  return [...signed, ...stated, ...denyValidations(entry, parts, path)];
}

interface Place {
  readonly entry: ImageVerification;
  readonly parts: Parts;
  readonly path: string;
}

/** That enough of a set's attestors vouch. */
function countText(set: AttestorSet, place: Place, counted: (names: readonly string[]) => string): string {
  const entries = (set.entries ?? []).flatMap(splitKeys);
  const wanted = set.count === undefined || set.count === 0 ? entries.length : set.count;
  const names: string[] = [];
  const nested: string[] = [];
  entries.forEach((each, index) => {
    const at = `${place.path}.entries[${index}]`;
    if (each.attestor !== undefined) {
      nested.push(`(${countText(each.attestor, { ...place, path: `${at}.attestor` }, counted)} ? 1 : 0)`);
      return;
    }
    names.push(`attestors.${nameOf(each, place, at)}`);
  });
  // Attestors that say the same are one, and count once.
  if (new Set(names).size < names.length) throw new NotConvertible(place.path, "two attestors say the same");
  const sum = [...(names.length === 0 ? [] : [counted(names)]), ...nested].join(" + ");
  return wanted === 1 ? `${sum} > 0` : `${sum} >= ${wanted}`;
}

function nameOf(each: Attestor, { entry, parts }: Place, path: string): string {
  const hint =
    each.keys !== undefined
      ? "key"
      : each.keyless !== undefined
        ? "keyless"
        : entry.type === "Notary"
          ? "notary"
          : "certificate";
  const { scope, looked } = parts;
  const secret = secretOf(each);
  if (secret === undefined) {
    const expressionOf = (text: string, at: string): string | undefined => textOfQuery(queryOf(text, scope, at));
    return parts.attestors.add(hint, writeAttestor(each, entry, path, expressionOf));
  }
  const { secret: _, ...rest } = each.keys ?? {};
  const variable = looked.add(
    "signingKey",
    `resource.Get('v1', 'secrets', ${quote(secret.namespace)}, ${quote(secret.name)})`,
  );
  const inSecret = { ...each, keys: { ...rest, publicKeys: "{{ key }}" } };
  const expression = `string(base64.decode(${variable}.data['cosign.pub']))`;
  return parts.attestors.add(
    hint,
    writeAttestor(inSecret, entry, path, () => expression),
  );
}

/** The Secret that holds a key. */
function secretOf({ keys }: Attestor): { readonly namespace: string; readonly name: string } | undefined {
  if (keys?.secret !== undefined) return keys.secret;
  const [, namespace, name] = /^k8s:\/\/([^/]+)\/([^/]+)$/.exec(keys?.publicKeys?.trim() ?? "") ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function attestationValidations(attestation: Attestation, place: Place): readonly Value[] {
  const { entry, parts, path } = place;
  const type = typeOfAttestation(attestation);
  if (type === "") throw new NotConvertible(path, "it names no type");
  const name = attestationName(attestation, entry, parts);
  const sets = attestation.attestors ?? [];
  if (sets.length === 0) throw new NotConvertible(path, "nobody is named who must have signed the statement");
  const signed = sets.map((set, index) => {
    const at = `${path}.attestors[${index}]`;
    if ((set.entries ?? []).some((each) => each.attestor !== undefined || splitKeys(each).length > 1))
      throw new NotConvertible(at, "sets in sets, or several keys in one, are asked for statements in their own way");
    if ((attestation.conditions ?? []).length > 0 && (set.entries ?? []).length > 1 && (set.count ?? 0) > 0)
      throw new NotConvertible(at, "the statements of each attestor are held against the conditions on their own");
    const count = countText(
      set,
      { ...place, path: at },
      (names) => `verifyAttestationSignatures(image, attestations.${name}, [${names.join(", ")}])`,
    );
    return {
      expression: `variables.images.all(image, ${count})`,
      message: `attestations of the type ${type} were not verified`,
    };
  });
  const names: PredicateNames = { memberOf: () => predicateText(name), valueOf: () => undefined };
  const met = (attestation.conditions ?? []).map((block, index) => ({
    expression: `variables.images.all(image, ${convertPredicateConditions(block, names, `${path}.conditions[${index}]`).text})`,
    message: `the attestation of the type ${type} does not meet the conditions`,
  }));
  return [...signed, ...met];
}

const predicateText = (name: string): string => `extractPayload(image, attestations.${name}).predicate`;

function attestationName(attestation: Attestation, entry: ImageVerification, parts: Parts): string {
  const type = typeOfAttestation(attestation);
  const hint = attestation.name ?? type.replace(/^.*\/(?=[^/]*[a-z]{3}[^/]*)/, "").replace(/\/?v?[0-9.]+$/, "");
  return parts.attestations.add(
    hint === "" ? "statement" : hint,
    entry.type === "Notary" ? { referrer: { type } } : { intoto: { type } },
  );
}

/** Conditions over several statements: it is denied when they hold. */
function denyValidations(entry: ImageVerification, parts: Parts, path: string): readonly Value[] {
  const { deny, message = "" } = entry.validate ?? {};
  if (deny === undefined) return [];
  const at = `${path}.validate`;
  const { attestations = [] } = entry;
  if (attestations.length === 0) throw new NotConvertible(at, "there are no statements to look at");
  if (message.includes("{{")) throw new NotConvertible(`${at}.message`, "the message is worked out");
  const { conditions } = deny;
  if (conditions === undefined) throw new NotConvertible(`${at}.deny`, "it denies whatever it meets");
  const named = new Map(attestations.map((each) => [each.name ?? "", attestationName(each, entry, parts)]));
  const names: PredicateNames = {
    memberOf: () => undefined,
    valueOf: (name) => {
      const attestation = named.get(name);
      return attestation === undefined ? undefined : predicateText(attestation);
    },
  };
  const denied = convertPredicateConditions(conditions, names, `${at}.deny.conditions`);
  return [{ expression: `variables.images.all(image, ${not(denied).text})`, ...(message === "" ? {} : { message }) }];
}
