import type { Issue, Value } from "../../base/index.ts";
import type { Cluster, ClusterKind, ResourceIdentity, ResultChange } from "../../ports/index.ts";
import type { AdmissionRequest, AdmissionResponse, ResourceRow } from "../../report/index.ts";
import type { ImageSource } from "../image-target.ts";

/** A policy as the cluster has it, and what became of it. */
export interface PolicyState {
  readonly kind: string;
  readonly name: string;
  /** sha256 of the resource without what only the API server writes. */
  readonly digest: string;
  readonly state: "ready" | "refused";
  /** Each with its path; empty when ready. */
  readonly issues: readonly Issue[];
  readonly rules: readonly string[];
  /** Whether an older version of a refused policy stays in force. */
  readonly lastReadyInForce: boolean;
}

/** One webhook that the policies in force need: all of one failure policy together. */
export interface WebhookNeed {
  readonly failurePolicy: "Fail" | "Ignore";
  /** Whether it pins image digests (mutating) or judges (validating). */
  readonly purpose: "validate" | "pin";
  /** The longest that any of its policies asks for, 1 to 30. */
  readonly timeoutSeconds: number;
  /** admissionregistration.k8s.io/v1 RuleWithOperations: smallest set, sorted, so that equal needs are equal text. */
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly resources: readonly string[];
    readonly operations: readonly string[];
    readonly scope: "*";
  }[];
}

/** How one review went. */
export interface Reviewed {
  readonly response: AdmissionResponse;
  /** The same object that `amap check` prints for the resource; absent when no policy matches or nothing was evaluated. */
  readonly decision?: ResourceRow;
  /** Rules that are shown or recorded without denying. */
  readonly notEnforced: number;
  readonly durationMs: number;
}

/** How the scan of one resource went. */
export interface Scanned {
  readonly resource: ResourceIdentity;
  readonly decision: ResourceRow;
  /** RFC 3339. */
  readonly checkedAt: string;
  /** Rules whose status differs from the last scan, as the store recorded it. */
  readonly changes: readonly ResultChange[];
  /** The PolicyReport of the resource, ready for the cluster. */
  readonly report: Value;
}

/** What is wrong with a policy, so that it is refused, and what is likely to go wrong. */
export interface PolicyJudgement {
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
}

/**
 * The policies in force with everything that is asked of them: at admission and in the background. It keeps evidence in
 * memory and shares it through the store. Made by `createEnforcement`.
 */
export interface Enforcement {
  /** The policy kinds that the engine knows, as the cluster serves them. */
  readonly policyKinds: readonly ClusterKind[];
  /** The kinds that hold images and are scanned: Pods and pod controllers. */
  readonly scannedKinds: readonly ClusterKind[];
  /**
   * Compiles a policy object and puts it in force. One that does not compile is refused with every issue; if an older
   * version compiled it stays in force. Recorded in the store either way.
   */
  applyPolicy(object: Value): Promise<PolicyState>;
  /** What is wrong with a policy object, without putting it in force: for the webhook over policies. */
  judgePolicy(object: Value): PolicyJudgement;
  removePolicy(kind: string, name: string): Promise<void>;
  policies(): readonly PolicyState[];
  webhookNeeds(): readonly WebhookNeed[];
  /**
   * Judges a request. Always answers within `timeoutMs`: what is not decided by then is an error and counts by each
   * policy's failurePolicy; nothing that a policy or a registry does makes it throw.
   */
  review(request: AdmissionRequest, options: { readonly timeoutMs: number }): Promise<Reviewed>;
  /** Answers with a patch that pins tags to digests, where policies ask for it. What cannot be resolved stays a tag. */
  pin(request: AdmissionRequest, options: { readonly timeoutMs: number }): Promise<Reviewed>;
  /**
   * Judges what runs, by the digests that run, and records it. Evidence that was loaded before `evidenceSince` (ms since
   * 1970; now unless said otherwise) is loaded anew. Undefined when no policy applies: what was recorded is removed.
   */
  scan(object: Value, options?: { readonly evidenceSince?: number }): Promise<Scanned | undefined>;
  /** A resource is gone. */
  forget(object: Value): Promise<void>;
}

/** What enforcement is made with. */
export interface EnforcementOptions {
  /** Name of the cluster in the store. */
  readonly cluster: string;
  /** The Namespace object, or undefined when it is not known (yet): policies that select by namespace then answer `error`. */
  readonly namespaceOf: (name: string) => Value | undefined;
  /** Repositories whose images are read from layouts on disk instead of a registry. */
  readonly sources?: readonly ImageSource[];
  /** Whether config and layers in registries are re-hashed too; the runtime does it again when it pulls. */
  readonly verifyLayers?: boolean;
  /**
   * Where the pull secrets of Pods are read, so that registries are asked with them; without it they are asked with amap's
   * own logins alone. What is found with a Pod's Secrets is kept for Pods of its namespace with the same Secrets.
   */
  readonly pullSecrets?: Pick<Cluster, "get">;
  /** How long evidence that was loaded for admission may be used again, ms. */
  readonly evidenceTtlMs: number;
  /** Told of what could not be recorded: the answer stands, the record is missing. */
  readonly onStoreFailure: (error: unknown) => void;
  /** Told of an error that no AmapError explains: a bug of amap, which was counted as an error of the policy. */
  readonly onBug: (error: unknown) => void;
  /** Told once of each thing that is as it should not be and does not change the answer: the trusted root is old. */
  readonly onWarning?: (warning: string) => void;
}
