import {
  canonicalJson,
  encodeBase64,
  encodeUtf8,
  hashHex,
  isAmapError,
  isValueObject,
  listOf,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { type Attestor, type Fact, type FactRequest, type PolicyPart, writeAttestor } from "../../policy/index.ts";

/**
 * Who vouches for which image, made up: the same for both kinds of policies, however they name image and attestor.
 * `draw` decides by its text alone.
 */
export class MadeImages {
  readonly #draw: (text: string) => number;
  /** Names of the new policy's attestors, by what they say. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #fields: readonly PredicateField[];
  readonly #source: Value;

  /** `source` is the policy as it was, `policy` the new one. */
  constructor(
    { source, policy }: { readonly source: Value; readonly policy: Value },
    fields: readonly PredicateField[],
    draw: (text: string) => number,
  ) {
    this.#source = source;
    this.#draw = draw;
    this.#fields = fields;
    this.#names = new Map(
      listOf(memberOf(policy, "spec"), "attestors").map((attestor) => {
        const { name, ...part } = attestor as ValueObject;
        return [canonicalJson(withMadeTexts(part)), typeof name === "string" ? name : ""];
      }),
    );
  }

  /** Undefined for what is no question about images. */
  answer({ kind, params }: FactRequest): Fact | undefined {
    const image = textOf(params, "image");
    if (kind === "imageData")
      return known({ digest: this.#digest(image), resolvedImage: `${image}@${this.#digest(image)}` });
    if (kind === "resource") return known(madeHolder(this.#source, params));
    if (kind === "imageAttestor") return this.#answerOne(image, params);
    return kind === "imageEvidence" ? known(this.#evidence(image, params)) : undefined;
  }

  #answerOne(image: string, params: Value): Fact | undefined {
    let part: PolicyPart;
    try {
      part = writeAttestor(withMadeKey(memberOf(params, "attestor") ?? {}), defaultsOf(params), "");
    } catch (error) {
      if (error instanceof Error && !isAmapError(error, "BUG")) return undefined;
      throw error;
    }
    const name = this.#names.get(canonicalJson(part));
    if (name === undefined) return undefined;
    const type = textOf(params, "attestation");
    if (type === "" ? !this.#signed(image, name) : !this.#stated(image, name, type))
      return known({ verified: false, message: "no matching signatures" });
    const statements = type === "" ? [] : [{ type, predicate: this.#predicate(image, type) }];
    return known({ verified: true, digest: this.#digest(image), statements });
  }

  #evidence(image: string, params: Value): Value {
    const names = listOf(params, "attestors").map((attestor) => textOf(attestor, "name"));
    const types = this.#fields.map(({ type }) => type);
    return {
      image,
      digest: this.#digest(image),
      platforms: [],
      signatures: names
        .filter((name) => this.#signed(image, name))
        .map((name) => ({ signer: { name }, annotations: {} })),
      attestations: names.flatMap((name) =>
        [...new Set(types)]
          .filter((type) => this.#stated(image, name, type))
          .map((type) => ({ predicateType: type, predicate: this.#predicate(image, type), signer: { name } })),
      ),
      rejected: [],
      unreadable: [],
      sboms: [],
      scans: [],
      vex: [],
      provenance: [],
      findings: [],
      isGiven: true,
    };
  }

  #digest(image: string): string {
    const at = image.indexOf("@");
    return at >= 0 ? image.slice(at + 1) : `sha256:${hashHex("sha256", encodeUtf8(repositoryOf(image)))}`;
  }

  #signed(image: string, name: string): boolean {
    return this.#draw(`${repositoryOf(image)} ${name}`) < 0.6;
  }

  #stated(image: string, name: string, type: string): boolean {
    return this.#draw(`${repositoryOf(image)} ${name} ${type}`) < 0.8;
  }

  /** What a statement says: as the conditions want it, otherwise, or without the field. */
  #predicate(image: string, type: string): Value {
    let predicate: ValueObject = { made: true };
    for (const field of this.#fields) {
      if (field.type !== type || field.path.length === 0) continue;
      const drawn = this.#draw(`${repositoryOf(image)} ${type} ${field.path.join(".")}`);
      if (drawn < 0.1) continue;
      const value = drawn < 0.75 ? field.wanted : otherThan(field.wanted);
      predicate = withMember(predicate, field.path, value);
    }
    return predicate;
  }
}

/** A field of a predicate that conditions look at, and a value that they want. */
export interface PredicateField {
  readonly type: string;
  readonly path: readonly string[];
  readonly wanted: Value;
}

/** What keys and certificates are that a policy looks up; nothing is verified by them. */
const MADE_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4a865qU4w7qAil5tIBWhV++nKSzh
om9V4gb3FiO3UTrl21GQK52Rg5wnvy7+x9P+Lz/5Sxgv46U7nVmrqveTbw==
-----END PUBLIC KEY-----
`;

/** A ConfigMap in which every key that the policy reads is the made up one, or a Secret that holds it as cosign writes it. */
function madeHolder(policy: Value, params: Value): Value {
  const metadata = { name: textOf(params, "name"), namespace: textOf(params, "namespace") };
  if (textOf(params, "resource") === "secrets") {
    const data = { "cosign.pub": encodeBase64(encodeUtf8(MADE_KEY)) };
    return { apiVersion: "v1", kind: "Secret", metadata, data };
  }
  const text = JSON.stringify(policy, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const keys = [...text.matchAll(/\.data\.(?:\\"([^"\\]+)\\"|([A-Za-z0-9_]+))/g)].map(
    ([, one, other]) => one ?? other ?? "",
  );
  const data = Object.fromEntries(keys.map((key) => [key, MADE_KEY]));
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** An attestor of the new policy with the made up texts where it has expressions. */
function withMadeTexts(value: Value, name = ""): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => withMadeTexts(item));
  if (!isValueObject(value)) return value;
  if (typeof value["expression"] === "string") {
    const { expression: _, ...rest } = value;
    return { ...rest, ...(name === "key" ? { data: MADE_KEY } : { value: MADE_KEY }) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withMadeTexts(member, key)]));
}

/** A Secret holds the made up key, too. */
function withMadeKey(attestor: Attestor): Attestor {
  const { keys } = attestor;
  if (keys === undefined) return attestor;
  const { secret, ...rest } = keys;
  const isInSecret = secret !== undefined || keys.publicKeys?.startsWith("k8s://") === true;
  return isInSecret ? { ...attestor, keys: { ...rest, publicKeys: MADE_KEY } } : attestor;
}

const known = (value: Value): Fact => ({ ok: true, value });

function defaultsOf(params: Value): {
  readonly type?: "Cosign" | "SigstoreBundle" | "Notary";
  readonly repository?: string;
} {
  const type = textOf(params, "type");
  const annotations = memberOf(params, "annotations");
  return {
    ...(type === "Notary" || type === "SigstoreBundle" ? { type } : {}),
    repository: textOf(params, "repository"),
    ...(isValueObject(annotations) ? { annotations: annotations as Readonly<Record<string, string>> } : {}),
  };
}

/** Both kinds name the same image in their own way. */
function repositoryOf(image: string): string {
  const bare = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return bare.replace(/^(?:docker\.io|index\.docker\.io)\//, "").replace(/^library\//, "");
}

function otherThan(value: Value): Value {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return Array.isArray(value) ? [...(value as readonly Value[]), "other"] : "other";
}

function withMember(object: ValueObject, [name = "", ...rest]: readonly string[], value: Value): ValueObject {
  if (rest.length === 0) return { ...object, [name]: value };
  const inside = memberOf(object, name);
  return { ...object, [name]: withMember(isValueObject(inside) ? inside : {}, rest, value) };
}
