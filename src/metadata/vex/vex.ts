/** OpenVEX status labels (openvex spec 0.2.0, Status Labels). */
export type VexStatus = "not_affected" | "affected" | "fixed" | "under_investigation";

/** OpenVEX justifications of not_affected (openvex spec 0.2.0, Status Justifications). */
export type VexJustification =
  | "component_not_present"
  | "vulnerable_code_not_present"
  | "vulnerable_code_not_in_execute_path"
  | "vulnerable_code_cannot_be_controlled_by_adversary"
  | "inline_mitigations_already_exist";

/** One product of a statement; with subcomponents the statement speaks of those inside it only. */
export interface VexProduct {
  /** A package URL or another IRI. */
  readonly id: string;
  /** `algorithm → hex`, with the specification's names (`sha-256`). */
  readonly hashes: Readonly<Record<string, string>>;
  readonly subcomponents: readonly { readonly id: string; readonly hashes: Readonly<Record<string, string>> }[];
}

/** What somebody says about a vulnerability in products, whatever format said it. */
export interface VexStatement {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
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
  readonly timestamp: string;
  readonly version: number;
  readonly statements: readonly VexStatement[];
}
