import type { Digest, Value } from "../base/index.ts";
import type { Severity } from "../metadata/index.ts";
import type { Page, PageQuery } from "./page.ts";

/** A count for each severity; absent is zero. */
export type SeverityCounts = Readonly<Partial<Record<Severity, number>>>;

/** What a document attached to an image is. `attestation` is one of a type that amap does not read. */
export type DocumentKind = "signature" | "sbom" | "scan" | "vex" | "provenance" | "attestation";

/** A signature or attestation as it was found and judged. */
export interface StoredDocument {
  /** Where it was found: `manifest digest/blob digest`. */
  readonly id: string;
  readonly kind: DocumentKind;
  /** `unreadable`: the signature holds and the document cannot be read. */
  readonly status: "verified" | "rejected" | "unreadable";
  /** Why it does not count. */
  readonly code?: string;
  readonly message?: string;
  readonly predicateType?: string;
  readonly signer?: string;
  readonly keyId?: string;
  /** `self-asserted`: only the signer says when. */
  readonly timeSource?: string;
  /** RFC 3339. */
  readonly statedAt?: string;
  /** How it is stored: `bundle`, `tag`. */
  readonly form: string;
  /** Digest of the index or platform it speaks of. */
  readonly subject?: string;
  /** One line: `CycloneDX 1.6, 42 components`. */
  readonly summary: string;
}

/** A document with what it says. */
export interface StoredDocumentContent extends StoredDocument {
  /** The predicate of a verified attestation. */
  readonly predicate?: Value;
}

/** A VEX statement that decides a finding. */
export interface StoredStatement {
  readonly status: string;
  readonly justification?: string;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly timestamp: string;
  readonly author: string;
  readonly documentId: string;
  readonly signer?: string;
}

/** A vulnerability in a component of an image, with the statement that decides it. */
export interface StoredFinding {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly purl: string;
  readonly component: string;
  readonly version: string;
  readonly severity: Severity;
  readonly score?: number;
  readonly fixedVersions: readonly string[];
  readonly statement?: StoredStatement;
  /** Whether the statement answers it: not_affected or fixed. */
  readonly answered: boolean;
  /** Statements about the vulnerability that speak of another product or component. */
  readonly unmatched: number;
}

/** The name that holds evidence: the same digest in two repositories is two images, for evidence lives beside it. */
export interface ImageIdentity {
  /** `registry/repository`. */
  readonly repository: string;
  readonly digest: Digest;
}

/** All that one look at an image gave; it replaces what an earlier look gave. */
export interface ImageRecord extends ImageIdentity {
  /** RFC 3339. */
  readonly observedAt: string;
  /** Tags under which it was met; added to those known. */
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly documents: readonly StoredDocumentContent[];
  readonly findings: readonly StoredFinding[];
}

/** One line about an image. */
export interface ImageSummary extends ImageIdentity {
  readonly tags: readonly string[];
  readonly platforms: number;
  readonly firstSeenAt: string;
  readonly observedAt: string;
  /** Resources that name it now. */
  readonly running: number;
  /** `denied` when a policy denies one of those resources; `unknown` when none is known. */
  readonly verdict: "allowed" | "denied" | "unknown";
  readonly signed: boolean;
  readonly provenance: boolean;
  readonly vex: boolean;
  /** `CycloneDX 1.6`. */
  readonly sbom?: string;
  /** RFC 3339: when the newest verified scan finished. */
  readonly scannedAt?: string;
  readonly rejected: number;
  /** All findings, and those that no statement answers. */
  readonly findings: SeverityCounts;
  readonly open: SeverityCounts;
  /** Open findings that a fixed version exists for. */
  readonly fixable: number;
}

/** A resource that names an image. */
export interface ImageUse {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly allowed: boolean;
  readonly checkedAt: string;
  /** The name under which the resource has it. */
  readonly image: string;
}

export interface ImageDetail extends ImageSummary {
  readonly platformDigests: readonly string[];
  /** Verified ones first, each kind newest first; at most LIMITS.storeDocuments. */
  readonly documents: readonly StoredDocument[];
  /** At most LIMITS.storeUses. */
  readonly uses: readonly ImageUse[];
}

export interface ImageQuery extends PageQuery {
  /** Part of the repository, a tag or the beginning of a digest; case does not matter. */
  readonly search?: string;
  readonly namespace?: string;
  readonly running?: boolean;
  readonly verdict?: ImageSummary["verdict"];
  /** Only images that lack a verified one. */
  readonly missing?: "signature" | "sbom" | "scan" | "vex" | "provenance";
  /** Only images with an open finding of this severity or a worse one. */
  readonly severity?: Severity;
}

export interface FindingRow extends StoredFinding, ImageIdentity {
  /** Resources that run the image. */
  readonly running: number;
}

export interface FindingQuery extends PageQuery {
  readonly repository?: string;
  readonly digest?: string;
  /** Part of the vulnerability's id, an alias, the component or the purl. */
  readonly search?: string;
  /** This severity or a worse one. */
  readonly severity?: Severity;
  readonly state?: "open" | "answered";
  readonly fixable?: boolean;
}

/** Images with their documents and findings. */
export interface ImageStore {
  record(image: ImageRecord): Promise<void>;
  /** Newest look first. */
  list(query: ImageQuery): Promise<Page<ImageSummary>>;
  get(image: ImageIdentity): Promise<ImageDetail | undefined>;
  document(image: ImageIdentity, id: string): Promise<StoredDocumentContent | undefined>;
  /** Worst first: running before not, severity, fix available, then id. */
  findings(query: FindingQuery): Promise<Page<FindingRow>>;
}
