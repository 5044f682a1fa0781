/** OpenVEX status labels (openvex spec 0.2.0, Status Labels). */
export type VexStatus = "not_affected" | "affected" | "fixed" | "under_investigation";

/** OpenVEX justifications of not_affected (openvex spec 0.2.0, Status Justifications). */
export type VexJustification =
  | "component_not_present"
  | "vulnerable_code_not_present"
  | "vulnerable_code_not_in_execute_path"
  | "vulnerable_code_cannot_be_controlled_by_adversary"
  | "inline_mitigations_already_exist";

/** A piece of software that a statement names. */
export interface VexComponent {
  /** A package URL or another IRI; the first of `identifiers` where the document gives none, else empty. */
  readonly id: string;
  /** `purl`, `cpe22`, `cpe23` → identifier. Look keys up with Object.hasOwn. */
  readonly identifiers: Readonly<Record<string, string>>;
  /** `algorithm → hex`, with the specification's names (`sha-256`). */
  readonly hashes: Readonly<Record<string, string>>;
}

/** One product of a statement; with subcomponents the statement speaks of those inside it only. */
export interface VexProduct extends VexComponent {
  readonly subcomponents: readonly VexComponent[];
}

/** What somebody says about a vulnerability in products, whatever format said it. */
export interface VexStatement {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  /** Empty where the document leaves it to what encloses it (the subject of an attestation). */
  readonly products: readonly VexProduct[];
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly statusNotes?: string;
  /** RFC 3339, cascaded from the document when the statement has none. */
  readonly timestamp: string;
}

/** A VEX document without a format. */
export interface VexDocument {
  readonly id: string;
  readonly author: string;
  readonly role?: string;
  /** What made it. */
  readonly tooling?: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** RFC 3339; when it last changed, where it says so. */
  readonly lastUpdated?: string;
  readonly version: number;
  readonly statements: readonly VexStatement[];
}

/** The product that findings and statements are about: an image, by its package URLs and digests. */
export interface VexSubject {
  /** `pkg:oci/name@sha256:…?repository_url=…`; may be empty. */
  readonly purls: readonly string[];
  /** `sha256:…` of the index, or of the manifest where the image is for one platform. */
  readonly digests: readonly string[];
  /** Those of an index, as it lists them: what names one of them, by its digest or with an `arch`, speaks of that one alone. */
  readonly platforms?: readonly VexPlatform[];
  /** Which of the digests is, or may be, an index of several platforms: with an `arch` it names one of them, and not the product. */
  readonly indexDigest?: string;
  /** The CycloneDX document that describes it, so that BOM-Links to its components are understood. */
  readonly bom?: VexBom;
}

/** One platform of an index. */
export interface VexPlatform {
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  /** `linux/amd64`; left out where the index does not say. */
  readonly name?: string;
  /** `amd64`, as package URLs write it. */
  readonly architecture?: string;
}

/** A CycloneDX document as BOM-Links name it. */
export interface VexBom {
  /** With or without `urn:uuid:`. */
  readonly serialNumber: string;
  /** Any edition where it is left out. */
  readonly version?: number;
  /** From bom-ref to package URL; the described product's own reference is among `rootRefs` instead. */
  readonly refs: ReadonlyMap<string, string>;
  /** References of what the document describes. */
  readonly rootRefs?: readonly string[];
}

/** The justifications, in the specification's order. */
export const VEX_JUSTIFICATIONS: readonly VexJustification[] = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
];

/** The statuses, the least favourable first: of two that are equally new, the earlier one of this list counts. */
export const VEX_STATUSES: readonly VexStatus[] = ["affected", "under_investigation", "not_affected", "fixed"];

/** What a statement lacks by the rules of its status, or undefined. */
export function statementProblem(
  statement: Pick<VexStatement, "status" | "justification" | "impactStatement" | "actionStatement">,
): string | undefined {
  const { status, justification, impactStatement, actionStatement } = statement;
  if (status === "not_affected" && justification === undefined && impactStatement === undefined) {
    return "a not_affected statement needs a justification or an impact_statement";
  }
  if (status === "affected" && actionStatement === undefined) {
    return "an affected statement needs an action_statement";
  }
  if (status !== "not_affected" && justification !== undefined) {
    return `a justification belongs to not_affected, not to ${status}`;
  }
  return undefined;
}
