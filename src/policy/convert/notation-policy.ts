import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { quote } from "./cel-text.ts";
import type { DocumentConversion } from "./cleanup-to-cel.ts";
import type { ConversionNote, ConvertedPart } from "./converted-rule.ts";
import { ForeignReader } from "./foreign-fields.ts";
import { ALL_IMAGES } from "./pod-images-text.ts";

/** Certificates in PEM, by trust store as a trust policy names it: `ca:acme`. */
export type TrustStores = ReadonlyMap<string, string>;

/** Whether a document is a trust policy of Notation. */
export function isNotationPolicy(document: Value): boolean {
  return isValueObject(document) && document["kind"] === undefined && Array.isArray(document["trustPolicies"]);
}

/**
 * A trust policy of Notation (version 1.0) as ImageValidatingPolicies, one for each of its statements. Kyverno verifies
 * at the level strict and takes every signer whose certificate the trust stores hold: other levels and identities are
 * named. Statements that skip verification become none; their images are left out of the others.
 *
 * @see https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md
 * @example
 * ```ts
 * import { convertNotationPolicy } from "../index.ts";
 * const statement = {
 *   name: "acme",
 *   registryScopes: ["registry.example/acme/app"],
 *   signatureVerification: { level: "strict" },
 *   trustStores: ["ca:acme"],
 *   trustedIdentities: ["*"],
 * };
 * const stores = new Map([["ca:acme", "-----BEGIN CERTIFICATE-----\n…"]]);
 * convertNotationPolicy({ version: "1.0", trustPolicies: [statement] }, stores).converted.length; // 1
 * ```
 */
export function convertNotationPolicy(document: Value, stores: TrustStores): DocumentConversion {
  const reader = new ForeignReader();
  const whole = reader.map(document, "", ["version", "trustPolicies"]);
  const version = textOf(whole, "version");
  if (version !== "1.0") reader.refuse("version", `expected 1.0, found ${version || "none"}`);
  const statements = reader
    .maps(whole, "trustPolicies", "", [
      "name",
      "registryScopes",
      "signatureVerification",
      "trustStores",
      "trustedIdentities",
    ])
    .map(([statement, path]): Statement => readStatement(statement, path.replace(/^\./, ""), reader));
  if (statements.length === 0) reader.refuse("trustPolicies", "expected at least one statement");
  checkNames(statements, reader);
  if (reader.notes.length > 0) return { converted: [], unconverted: reader.notes };
  const converted: ConvertedPart[] = [];
  const unconverted: ConversionNote[] = [];
  const taken = new Set<string>();
  for (const statement of statements) {
    if (statement.level === "skip") continue;
    const own = new ForeignReader();
    const part = convertStatement(statement, statements, stores, own);
    if (taken.has(policyName(statement.name)))
      own.refuse(`${statement.path}.name`, "as the name of a policy it is the same as another one: rename it");
    taken.add(policyName(statement.name));
    if (own.notes.length > 0) unconverted.push(...own.notes);
    else converted.push(part);
  }
  if (converted.length + unconverted.length === 0)
    unconverted.push({ path: "trustPolicies", reason: "all statements skip verification: no policy is needed" });
  return { converted, unconverted };
}

interface Statement {
  readonly name: string;
  readonly path: string;
  /** Repositories, or `*` alone. */
  readonly scopes: readonly string[];
  readonly level: string;
  readonly verification: ValueObject;
  readonly stores: readonly string[];
  readonly identities: readonly string[];
}

function readStatement(statement: ValueObject, path: string, reader: ForeignReader): Statement {
  const at = `${path}.signatureVerification`;
  const verification = reader.map(memberOf(statement, "signatureVerification"), at, [
    "level",
    "override",
    "verifyTimestamp",
  ]);
  const name = reader.text(statement, "name", path);
  if (name === "") reader.refuse(`${path}.name`, "expected a name");
  const level = reader.text(verification, "level", at);
  if (!["strict", "permissive", "audit", "skip"].includes(level))
    reader.refuse(`${at}.level`, `expected strict, permissive, audit or skip, found ${level || "none"}`);
  const scopes = textsOf(statement, "registryScopes", path, reader);
  if (scopes.length === 0) reader.refuse(`${path}.registryScopes`, "expected at least one scope");
  if (scopes.length > 1 && scopes.includes("*")) reader.refuse(`${path}.registryScopes`, "* stands beside others");
  return {
    name,
    path,
    scopes,
    level,
    verification,
    stores: textsOf(statement, "trustStores", path, reader),
    identities: textsOf(statement, "trustedIdentities", path, reader),
  };
}

function textsOf(owner: ValueObject, name: string, path: string, reader: ForeignReader): readonly string[] {
  return listOf(owner, name).flatMap((each, index) => {
    if (typeof each === "string") return [each];
    reader.refuse(`${path}.${name}[${index}]`, "expected a text, found something else");
    return [];
  });
}

function checkNames(statements: readonly Statement[], reader: ForeignReader): void {
  const scopes = new Set<string>();
  const names = new Set<string>();
  for (const { name, path, scopes: own } of statements) {
    if (names.has(name)) reader.refuse(`${path}.name`, `another statement is named ${name}, too`);
    names.add(name);
    for (const scope of own) {
      if (scopes.has(scope)) reader.refuse(`${path}.registryScopes`, `another statement is about ${scope}, too`);
      scopes.add(scope);
    }
  }
}

function convertStatement(
  statement: Statement,
  all: readonly Statement[],
  stores: TrustStores,
  reader: ForeignReader,
): ConvertedPart {
  const { name, path, level, verification } = statement;
  if (level !== "strict")
    reader.refuse(`${path}.signatureVerification.level`, `Kyverno verifies at the level strict, and this is ${level}`);
  if (memberOf(verification, "override") !== undefined)
    reader.refuse(`${path}.signatureVerification.override`, "Kyverno verifies at the level strict, without exceptions");
  if (!["", "always"].includes(textOf(verification, "verifyTimestamp")))
    reader.refuse(`${path}.signatureVerification.verifyTimestamp`, "Kyverno verifies timestamps always");
  if (statement.identities.join() !== "*")
    reader.refuse(
      `${path}.trustedIdentities`,
      "Kyverno takes every signer of the trust stores: subjects are not compared",
    );
  const notary = notaryOf(statement, stores, reader);
  const policy: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name: policyName(name) },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] },
        ],
      },
      ...imagesOf(statement, all),
      attestors: [{ name: "notary", notary }],
      variables: [{ name: "images", expression: ALL_IMAGES }],
      validations: [
        {
          expression: "variables.images.all(image, verifyImageSignatures(image, [attestors.notary]) > 0)",
          message: `image signatures were not verified by the trust policy ${name}`,
        },
      ],
      validationActions: ["Deny"],
    },
  };
  return {
    rule: name,
    path,
    policy,
    differences: differencesOf(all, path),
    kinds: [],
    controllers: [],
    operations: ["CREATE", "UPDATE"],
  };
}

function differencesOf(all: readonly Statement[], path: string): readonly ConversionNote[] {
  if (all.some(({ scopes }) => scopes.includes("*"))) return [];
  return [{ path, reason: "images that no statement is about are let through: Notation refuses to verify them" }];
}

function notaryOf({ stores: named, path }: Statement, stores: TrustStores, reader: ForeignReader): Value {
  const certificates: Record<"ca" | "tsa", string[]> = { ca: [], tsa: [] };
  named.forEach((store, index) => {
    const at = `${path}.trustStores[${index}]`;
    const type = store.slice(0, Math.max(0, store.indexOf(":")));
    if (type !== "ca" && type !== "tsa") {
      reader.refuse(at, `expected a trust store of the type ca or tsa, found ${store}`);
      return;
    }
    const pem = stores.get(store);
    if (pem === undefined)
      reader.refuse(at, `the certificates of ${store} are not given: pass --trust-store ${store}=FILE`);
    else certificates[type].push(pem.trim());
  });
  if (certificates.ca.length === 0 && named.every((store) => stores.has(store)))
    reader.refuse(`${path}.trustStores`, "expected a trust store of the type ca");
  const text = (list: readonly string[]): Value => ({ value: `${list.join("\n")}\n` });
  return {
    certs: text(certificates.ca),
    ...(certificates.tsa.length === 0 ? {} : { tsaCerts: text(certificates.tsa) }),
  };
}

/** An exact scope comes before `*`, which is about all that no other statement names. */
function imagesOf({ scopes }: Statement, all: readonly Statement[]): { readonly matchImageReferences?: Value } {
  const isRest = scopes.includes("*");
  const named = isRest ? all.flatMap((each) => each.scopes).filter((scope) => scope !== "*") : scopes;
  if (named.length === 0) return {};
  const list = named
    .map((scope) => quote(scope.replace(/^(?:registry-1\.)?docker\.io\//, "index.docker.io/")))
    .join(", ");
  const repository = "image(ref).registry() + '/' + image(ref).repository()";
  const condition = `${repository} in [${list}]`;
  return { matchImageReferences: [{ expression: isRest ? `!(${condition})` : condition }] };
}

function policyName(name: string): string {
  const made = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return made.slice(0, 63) || "notation";
}
