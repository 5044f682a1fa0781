import { AmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import {
  type ConversionNote,
  type ConvertedPart,
  type CustomKind,
  convertCleanupPolicy,
  convertClusterImagePolicy,
  convertException,
  convertNotationPolicy,
  convertPolicy,
  decodePolicy,
  isNotationPolicy,
  type PolicyException,
  type PolicyResource,
  type TrustStores,
} from "../../policy/index.ts";
import { proveCleanup } from "./prove-cleanup.ts";
import type { Proof, ProofOptions } from "./prove-conversion.ts";
import { type ProvenRule, proveException } from "./prove-exception.ts";
import { proveRule } from "./prove-rule.ts";

/** What became of one policy. */
export interface ConvertedPolicy {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly rules: readonly { readonly converted: ConvertedPart; readonly proof: Proof }[];
  readonly unconverted: readonly ConversionNote[];
}

/** Where a document stands. */
export interface DocumentPlace {
  readonly file: string;
  readonly document: number;
}

/** Why nothing can be held against what a policy of another tool became. */
const OTHER_TOOL = "amap has no engine of the other tool to hold it against: compare it on your own images";

/**
 * Converts documents one after the other. Exceptions wait for the rules that they name: `finish` converts them.
 */
export class DocumentConverter {
  readonly #stores: TrustStores;
  readonly #customKinds: readonly CustomKind[];
  readonly #proof: ProofOptions;
  readonly #rules: (ProvenRule & { readonly policy: string })[] = [];
  readonly #exceptions: { readonly place: DocumentPlace; readonly exception: PolicyException }[] = [];

  constructor(stores: TrustStores, proof: ProofOptions, customKinds: readonly CustomKind[] = []) {
    this.#stores = stores;
    this.#customKinds = customKinds;
    this.#proof = proof;
  }

  /**
   * Undefined for what is no policy that can be converted, and for exceptions.
   * @throws {AmapError} POLICY_INVALID with the file
   */
  convert(document: Value, place: DocumentPlace): ConvertedPolicy | undefined {
    if (isNotationPolicy(document)) {
      const { converted, unconverted } = convertNotationPolicy(document, this.#stores);
      return this.#unproven(
        { file: place.file, kind: "TrustPolicy", name: nameOfFile(place.file) },
        converted,
        unconverted,
      );
    }
    const [apiVersion, kind] = [textOf(document, "apiVersion"), textOf(document, "kind")];
    const head = { file: place.file, kind, name: textOf(memberOf(document, "metadata"), "name") };
    if (kind === "ClusterImagePolicy" && apiVersion.startsWith("policy.sigstore.dev/")) {
      const { converted, unconverted } = convertClusterImagePolicy(document);
      return this.#unproven(head, converted, unconverted);
    }
    if (!apiVersion.startsWith("kyverno.io/") || !KYVERNO.has(kind)) return undefined;
    return this.#kyverno(readPolicy(document, place), head, place);
  }

  /** The exceptions that were met, from what their rules were converted to. */
  finish(): readonly ConvertedPolicy[] {
    return this.#exceptions.map(({ place, exception }) => {
      const { converted, unconverted } = convertException(exception, this.#rules);
      const rules = converted.map((each) => {
        const own = this.#rules.filter(({ rule }) => each.rules.some((named) => named.rule === rule));
        return { converted: each, proof: proveException(exception, each, own, this.#proof) };
      });
      return { file: place.file, kind: "PolicyException", name: exception.metadata.name, rules, unconverted };
    });
  }

  #kyverno(resource: PolicyResource, head: Omit<ConvertedPolicy, "rules" | "unconverted">, place: DocumentPlace) {
    switch (resource.kind) {
      case "PolicyException":
        this.#exceptions.push({ place, exception: resource.policy });
        return undefined;
      case "CleanupPolicy":
      case "ClusterCleanupPolicy": {
        const { converted, unconverted } = convertCleanupPolicy(resource);
        const rules = converted.map((part) => ({ converted: part, proof: proveCleanup(resource, part, this.#proof) }));
        return { ...head, rules, unconverted };
      }
      case "ClusterPolicy":
      case "Policy": {
        const { converted, unconverted } = convertPolicy(resource, { customKinds: this.#customKinds });
        const { metadata } = resource.policy;
        const policy =
          resource.kind === "Policy" ? `${metadata.namespace ?? "default"}/${metadata.name}` : metadata.name;
        const rules = converted.map((rule) => {
          this.#rules.push({ policy, resource, rule });
          return { converted: rule, proof: proveRule(resource, rule, this.#proof) };
        });
        return { ...head, rules, unconverted };
      }
      default:
        return undefined;
    }
  }

  #unproven(
    head: Omit<ConvertedPolicy, "rules" | "unconverted">,
    converted: readonly ConvertedPart[],
    unconverted: readonly ConversionNote[],
  ): ConvertedPolicy {
    const proof: Proof = { compared: 0, denied: 0, changed: 0, refused: OTHER_TOOL };
    return { ...head, rules: converted.map((part) => ({ converted: part, proof })), unconverted };
  }
}

const KYVERNO: ReadonlySet<string> = new Set([
  "ClusterPolicy",
  "Policy",
  "CleanupPolicy",
  "ClusterCleanupPolicy",
  "PolicyException",
]);

function readPolicy(document: Value, { file, document: index }: DocumentPlace): PolicyResource {
  const decoded = decodePolicy(document, { source: file, document: index });
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const name = `${textOf(document, "kind")} ${textOf(memberOf(document, "metadata"), "name")}`;
  throw new AmapError("POLICY_INVALID", `${file}: ${name}: ${issue?.path ?? ""}: ${issue?.message ?? ""}`);
}

function nameOfFile(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
