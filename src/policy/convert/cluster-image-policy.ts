import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { type PolicyPart, writeAttestor } from "./attestor-to-cel.ts";
import type { DocumentConversion } from "./cleanup-to-cel.ts";
import type { ConversionNote } from "./converted-rule.ts";
import { ForeignReader } from "./foreign-fields.ts";
import { convertImageGlob } from "./image-globs.ts";
import { NamedParts } from "./named-parts.ts";
import { NotConvertible } from "./not-convertible.ts";
import { ALL_IMAGES } from "./pod-images-text.ts";

/**
 * A ClusterImagePolicy of sigstore's policy-controller (policy.sigstore.dev, v1alpha1 and v1beta1) as an
 * ImageValidatingPolicy: any of its authorities lets an image pass, every policy that matches an image must pass. It is
 * converted whole or not at all: cue and rego, trust roots and keys in Secrets are named. Digests are put in for tags, as
 * policy-controller does.
 *
 * @see https://docs.sigstore.dev/policy-controller/overview/
 * @example
 * ```ts
 * import { convertClusterImagePolicy } from "../index.ts";
 * const done = convertClusterImagePolicy({
 *   apiVersion: "policy.sigstore.dev/v1beta1",
 *   kind: "ClusterImagePolicy",
 *   metadata: { name: "signed" },
 *   spec: {
 *     images: [{ glob: "ghcr.io/acme/**" }],
 *     authorities: [{ keyless: { identities: [{ issuer: "https://issuer.example", subject: "build@acme.example" }] } }],
 *   },
 * });
 * done.converted.length; // 1
 * ```
 */
export function convertClusterImagePolicy(document: Value): DocumentConversion {
  const reader = new ForeignReader();
  const name = textOf(memberOf(document, "metadata"), "name");
  const spec = reader.map(memberOf(document, "spec"), "spec", ["images", "authorities", "policy", "match", "mode"]);
  if (memberOf(spec, "policy") !== undefined)
    reader.refuse("spec.policy", "what it demands in cue or rego has no counterpart: write a validation");
  if (name === "") reader.refuse("metadata.name", "expected a name");
  const images = imagesOf(spec, reader);
  const match = matchOf(spec, reader);
  const trust = new Authorities(reader);
  const conditions = trust.conditionsOf(spec);
  const mode = reader.text(spec, "mode", "spec");
  if (mode !== "" && mode !== "warn" && mode !== "enforce")
    reader.refuse("spec.mode", `expected warn or enforce, found ${mode}`);
  if (reader.notes.length > 0) return { converted: [], unconverted: reader.notes };
  const policy: Value = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: headOf(document, name),
    spec: {
      ...match,
      ...(images.length === 0 ? {} : { matchImageReferences: images }),
      validationActions: [mode === "warn" ? "Warn" : "Deny"],
      ...conditions,
    },
  };
  const part = { rule: name, path: "spec", policy, differences: differencesOf(trust), controllers: [] };
  return { converted: [{ ...part, kinds: [], operations: ["CREATE", "UPDATE"] }], unconverted: [] };
}

function headOf(document: Value, name: string): Value {
  const metadata = memberOf(document, "metadata");
  const [labels, annotations] = [memberOf(metadata, "labels"), memberOf(metadata, "annotations")];
  return {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function differencesOf({ hasFormats, hasUrls }: Authorities): readonly ConversionNote[] {
  return [
    {
      path: "spec.images",
      reason: "what becomes of images that no policy matches is a setting of policy-controller's own",
    },
    ...(hasFormats
      ? [{ path: "spec.authorities", reason: "signatures count in Sigstore's bundle form and in cosign's older one" }]
      : []),
    ...(hasUrls
      ? [
          {
            path: "spec.authorities",
            reason: "the certificate authority's URL is not looked at, as in policy-controller",
          },
        ]
      : []),
  ];
}

function imagesOf(spec: ValueObject, reader: ForeignReader): readonly Value[] {
  const entries = reader.maps(spec, "images", "spec", ["glob"]);
  if (entries.length === 0) reader.refuse("spec.images", "expected at least one image pattern");
  const globs = entries.map(([entry, path]) => {
    const glob = reader.text(entry, "glob", path);
    if (glob === "") reader.refuse(`${path}.glob`, "expected a pattern");
    return glob === "" ? undefined : reader.attempt(() => convertImageGlob(glob, `${path}.glob`) ?? null);
  });
  // One of them matches every image.
  if (globs.includes(null)) return [];
  return globs.filter((each) => each !== undefined && each !== null);
}

/** What policy-controller looks at. */
const RESOURCES = ["pods", "replicasets", "deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"];
const EVERYTHING = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] }];
/** As policy-controller is installed, it looks at namespaces with this label alone. */
const NAMESPACES = { matchExpressions: [{ key: "policy.sigstore.dev/include", operator: "In", values: ["true"] }] };

function matchOf(spec: ValueObject, reader: ForeignReader): PolicyPart {
  const entries = reader.maps(spec, "match", "spec", ["group", "version", "resource", "selector"]);
  if (entries.length === 0) return { matchConstraints: { resourceRules: EVERYTHING, namespaceSelector: NAMESPACES } };
  const rules = entries.map(([entry, path]) => {
    const resource = reader.text(entry, "resource", path);
    if (!RESOURCES.includes(resource))
      reader.refuse(`${path}.resource`, `expected one of ${RESOURCES.join(", ")}, found ${resource || "none"}`);
    return {
      apiGroups: [reader.text(entry, "group", path)],
      apiVersions: [reader.text(entry, "version", path)],
      operations: ["CREATE", "UPDATE"],
      resources: [resource],
    };
  });
  const selectors = entries.flatMap(([entry]) => memberOf(entry, "selector") ?? []);
  if (selectors.length > 0 && entries.length > 1)
    reader.refuse("spec.match", "several kinds, of which some have selectors of their own");
  const isForPods = rules.length === 1 && rules[0]?.resources[0] === "pods";
  const [selector] = selectors;
  return {
    matchConstraints: {
      resourceRules: rules,
      namespaceSelector: NAMESPACES,
      ...(selector === undefined ? {} : { objectSelector: selector }),
    },
    ...(isForPods ? { autogen: { podControllers: { controllers: [] } } } : {}),
  };
}

/** Attestors of which any must have signed, or another condition. */
type Demand = { readonly signers: readonly string[] } | { readonly condition: string };

/** Any of them is enough: those that sign are counted together. */
function joinSigners(demands: readonly Demand[]): readonly string[] {
  const signers = demands.flatMap((each) => ("signers" in each ? each.signers : []));
  const conditions = demands.flatMap((each) => ("condition" in each ? [each.condition] : []));
  const signed = `verifyImageSignatures(image, [${[...new Set(signers)].join(", ")}]) > 0`;
  return signers.length === 0 ? conditions : [signed, ...conditions];
}

const AUTHORITY = [
  "name",
  "key",
  "keyless",
  "static",
  "source",
  "ctlog",
  "attestations",
  "rfc3161timestamp",
  "signatureFormat",
] as const;

/** What the authorities of a policy become. */
class Authorities {
  hasFormats = false;
  hasUrls = false;
  readonly #reader: ForeignReader;
  readonly #attestors = new NamedParts();
  readonly #attestations = new NamedParts();

  constructor(reader: ForeignReader) {
    this.#reader = reader;
  }

  /** Attestors, attestations and what must hold; any of the authorities is enough. */
  conditionsOf(spec: ValueObject): PolicyPart {
    const authorities = this.#reader.maps(spec, "authorities", "spec", AUTHORITY);
    if (authorities.length === 0) this.#reader.refuse("spec.authorities", "expected at least one authority");
    const passes = authorities.map(([authority, path], index) => this.#condition(authority, path, index));
    const attestations = this.#attestations.parts;
    const asked = joinSigners(passes.filter((each) => typeof each !== "boolean"));
    const common = {
      attestors: this.#attestors.parts,
      ...(attestations.length === 0 ? {} : { attestations }),
    };
    if (passes.includes(true) || asked.length === 0) {
      const isAllowed = passes.includes(true);
      return {
        validationConfigurations: { required: false },
        attestors: [],
        ...(isAllowed ? {} : { variables: [{ name: "images", expression: ALL_IMAGES }] }),
        validations: isAllowed
          ? [{ expression: "true" }]
          : [{ expression: "size(variables.images) == 0", message: this.#refusal(authorities) }],
      };
    }
    const expression = `variables.images.all(image, ${asked.length === 1 ? asked[0] : asked.map(within).join(" || ")})`;
    return {
      ...common,
      variables: [{ name: "images", expression: ALL_IMAGES }],
      validations: [{ expression, message: "no authority vouches for the image" }],
    };
  }

  #refusal(authorities: readonly (readonly [ValueObject, string])[]): string {
    const messages = authorities.map(([authority]) => textOf(memberOf(authority, "static"), "message"));
    return messages.find((message) => message !== "") ?? "the image is disallowed by a static policy";
  }

  /** As CEL, or whether it passes whatever the image is. */
  #condition(authority: ValueObject, path: string, index: number): Demand | boolean {
    const reader = this.#reader;
    const kinds = ["key", "keyless", "static"].filter((kind) => memberOf(authority, kind) !== undefined);
    if (kinds.length !== 1) {
      reader.refuse(path, `expected one of key, keyless and static, found ${kinds.join(" and ") || "none"}`);
      return false;
    }
    const fixed = memberOf(authority, "static");
    if (fixed !== undefined) return this.#static(authority, fixed, path);
    if (memberOf(authority, "rfc3161timestamp") !== undefined)
      reader.refuse(`${path}.rfc3161timestamp`, "the timestamp authority's certificates are in a TrustRoot");
    if (reader.text(authority, "signatureFormat", path) !== "bundle") this.hasFormats = true;
    const name = reader.text(authority, "name", path) || `authority-${index}`;
    const names = this.#attestorsOf(authority, path).map((part) => `attestors.${this.#attestors.add(name, part)}`);
    const list = `[${names.join(", ")}]`;
    const statements = reader.maps(authority, "attestations", path, ["name", "predicateType", "policy"]);
    if (statements.length === 0) return { signers: names };
    const condition = statements
      .map(([statement, at]) => {
        if (memberOf(statement, "policy") !== undefined)
          reader.refuse(`${at}.policy`, "what it demands in cue or rego has no counterpart: write a validation");
        const type = reader.text(statement, "predicateType", at);
        if (type === "") reader.refuse(`${at}.predicateType`, "expected a predicate type");
        const known = this.#attestations.add(reader.text(statement, "name", at) || type, { intoto: { type } });
        return `verifyAttestationSignatures(image, attestations.${known}, ${list}) > 0`;
      })
      .join(" && ");
    return { condition };
  }

  #static(authority: ValueObject, value: Value, path: string): boolean {
    const reader = this.#reader;
    const fixed = reader.map(value, `${path}.static`, ["action", "message"]);
    const action = reader.text(fixed, "action", `${path}.static`);
    if (action !== "pass" && action !== "fail")
      reader.refuse(`${path}.static.action`, `expected pass or fail, found ${action || "nothing"}`);
    for (const other of ["attestations", "source", "ctlog"]) {
      if (memberOf(authority, other) !== undefined)
        reader.refuse(`${path}.${other}`, "it makes no sense beside static");
    }
    return action === "pass";
  }

  /** One for each key and each place where signatures are. */
  #attestorsOf(authority: ValueObject, path: string): readonly PolicyPart[] {
    const trusts =
      memberOf(authority, "key") === undefined ? this.#keyless(authority, path) : this.#keys(authority, path);
    const logs = this.#logsOf(authority, path);
    const sources = this.#sourcesOf(authority, path);
    return trusts.flatMap((trust) => sources.map((source) => ({ cosign: { ...trust, ...source, ...logs } })));
  }

  #keys(authority: ValueObject, path: string): readonly PolicyPart[] {
    const reader = this.#reader;
    const at = `${path}.key`;
    const key = reader.map(memberOf(authority, "key"), at, ["data", "kms", "secretRef", "hashAlgorithm"]);
    if (memberOf(key, "secretRef") !== undefined) {
      reader.refuse(`${at}.secretRef`, "a key in a Secret has no counterpart: write the public key itself");
      return [];
    }
    const [data, kms] = [reader.text(key, "data", at), reader.text(key, "kms", at)];
    if ((data === "") === (kms === "")) {
      reader.refuse(at, `expected either data or kms, found ${data === "" ? "neither" : "both"}`);
      return [];
    }
    const hash = reader.text(key, "hashAlgorithm", at);
    const signatureAlgorithm = hash === "" ? {} : { signatureAlgorithm: hash };
    const blocks = data.split(/(?<=-----END [A-Z ]+-----)\s*/).filter((block) => block.trim() !== "");
    const entries = kms === "" ? blocks.map((publicKeys) => ({ publicKeys })) : [{ kms }];
    return entries.flatMap((each) => {
      const part = reader.attempt(() => {
        try {
          return writeAttestor({ keys: { ...each, ...signatureAlgorithm } }, {}, path);
        } catch (thrown) {
          // The key stands in another place here.
          throw thrown instanceof NotConvertible ? new NotConvertible(`${at}.data`, thrown.message) : thrown;
        }
      });
      const cosign = memberOf(part, "cosign");
      return isValueObject(cosign) ? [cosign] : [];
    });
  }

  #keyless(authority: ValueObject, path: string): readonly PolicyPart[] {
    const reader = this.#reader;
    const at = `${path}.keyless`;
    const known = ["url", "identities", "ca-cert", "trustRootRef", "insecureIgnoreSCT"];
    const keyless = reader.map(memberOf(authority, "keyless"), at, known);
    for (const [field, reason] of [
      ["trustRootRef", "a TrustRoot has no counterpart: write keyless.roots"],
      ["ca-cert", "policy-controller reads it in its own way: write keyless.roots"],
    ] as const) {
      if (memberOf(keyless, field) !== undefined) reader.refuse(`${at}.${field}`, reason);
    }
    const url = reader.text(keyless, "url", at);
    if (url !== "" && !/^https:\/\/fulcio\.sigstore\.dev\/?$/.test(url)) this.hasUrls = true;
    const fields = ["issuer", "subject", "issuerRegExp", "subjectRegExp"];
    const identities = reader.maps(keyless, "identities", at, fields).map(([identity, place]) => {
      const stated = fields.flatMap((field) => {
        const text = reader.text(identity, field, place);
        return text === "" ? [] : [[field, text] as const];
      });
      checkIdentity(Object.fromEntries(stated), place, reader);
      return Object.fromEntries(stated);
    });
    if (identities.length === 0) reader.refuse(`${at}.identities`, "anybody may have signed");
    return [{ keyless: { identities } }];
  }

  #logsOf(authority: ValueObject, path: string): PolicyPart {
    const reader = this.#reader;
    const ctlog = reader.map(memberOf(authority, "ctlog"), `${path}.ctlog`, ["url", "trustRootRef"]);
    if (memberOf(ctlog, "trustRootRef") !== undefined)
      reader.refuse(`${path}.ctlog.trustRootRef`, "a TrustRoot has no counterpart: write ctlog.rekorPubKey");
    const url = reader.text(ctlog, "url", `${path}.ctlog`);
    const ignoresSct = memberOf(memberOf(authority, "keyless"), "insecureIgnoreSCT") === true;
    // Without a log none is asked.
    return {
      ctlog: {
        ...(url === "" ? { insecureIgnoreTlog: true } : { url }),
        ...(ignoresSct ? { insecureIgnoreSCT: true } : {}),
      },
    };
  }

  #sourcesOf(authority: ValueObject, path: string): readonly PolicyPart[] {
    const reader = this.#reader;
    const sources = reader.maps(authority, "source", path, ["oci", "signaturePullSecrets", "tagPrefix"]);
    if (sources.length === 0) return [{}];
    return sources.map(([source, at]) => {
      const [repository, tagPrefix] = [reader.text(source, "oci", at), reader.text(source, "tagPrefix", at)];
      if (repository === "") reader.refuse(`${at}.oci`, "expected a repository");
      const secrets = listOf(source, "signaturePullSecrets").map((secret) => ({ name: textOf(secret, "name") }));
      return {
        source: {
          repository,
          ...(tagPrefix === "" ? {} : { tagPrefix }),
          ...(secrets.length === 0 ? {} : { PullSecrets: secrets }),
        },
      };
    });
  }
}

function checkIdentity(identity: Readonly<Record<string, string>>, path: string, reader: ForeignReader): void {
  for (const name of ["issuer", "subject"]) {
    const [text, regExp] = [identity[name], identity[`${name}RegExp`]];
    if (text === undefined && regExp === undefined)
      reader.refuse(path, `expected ${name} or ${name}RegExp: else anybody may have signed`);
    if (text !== undefined && regExp !== undefined)
      reader.refuse(path, `expected either ${name} or ${name}RegExp, found both`);
  }
}

const within = (text: string): string => (text.includes("&&") ? `(${text})` : text);
