/** The door of `ports`: what amap needs of the world, one interface a file. */
export type {
  AdmissionQuery,
  AdmissionRecord,
  AdmissionStore,
  AdmissionSummary,
  DecisionInputs,
} from "./admission-store.ts";
export type {
  AdvisoryChanges,
  AdvisoryDatabase,
  AdvisoryDatabaseStatus,
  AdvisoryReader,
  AdvisorySnapshot,
  AdvisorySource,
  EcosystemAge,
  EcosystemLoss,
  ImportOptions,
  ImportResult,
  TakeOverOptions,
} from "./advisory-database.ts";
export type { ArchiveEntry, ArchiveFile, Archives, TarChoice, ZipChoice } from "./archive.ts";
export type { AuditEntry, AuditEvent, AuditLog } from "./audit-log.ts";
export type { Certificates, CertifiedKey, ServingNames } from "./certificates.ts";
export type { Alarm, Clock } from "./clock.ts";
export {
  type Cluster,
  type ClusterEvent,
  type ClusterKind,
  type ClusterName,
  type ClusterPatch,
  type ClusterSelection,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "./cluster.ts";
export type {
  CsafCheck,
  CsafFinding,
  CsafTestGroup,
  CsafValidation,
  CsafVersion,
  UnrunCsafTest,
} from "./csaf-validation.ts";
export type { Entropy } from "./entropy.ts";
export type { CachedEvidence, EvidenceStore, SeenEvidence } from "./evidence-store.ts";
export type { FileEntry, Files, LinkOptions, OpenedFile, ScratchFile, WalkedEntry, WalkOptions } from "./files.ts";
export type {
  BlobRequest,
  Checkout,
  CheckoutRequest,
  Git,
  GitCredentials,
  History,
  HistoryCommit,
  HistoryRequest,
  RevisionRequest,
  WorkTree,
} from "./git.ts";
export type { HttpClient, HttpRequest, HttpResponse, HttpStream } from "./http-client.ts";
export type {
  DocumentKind,
  FindingQuery,
  FindingRow,
  ImageDetail,
  ImageIdentity,
  ImageQuery,
  ImageRecord,
  ImageStore,
  ImageSummary,
  ImageUse,
  SeverityCounts,
  StoredDocument,
  StoredDocumentContent,
  StoredFinding,
  StoredStatement,
} from "./image-store.ts";
export type { Job, JobRequest, Jobs, JobWorker } from "./jobs.ts";
export type { Machine } from "./machine.ts";
export type { OciStorage, WriteManifestOptions } from "./oci-storage.ts";
export type { NamespaceChecklist, Overview, OverviewStore, WorstImage } from "./overview-store.ts";
export type { Page, PageQuery } from "./page.ts";
export type { PolicyRecord, PolicyStore, PolicySummary, ResultCounts } from "./policy-store.ts";
export type { CredentialSource, RegistryCredentials } from "./registry-credentials.ts";
export type { RegistryLogin, RegistryLogins } from "./registry-logins.ts";
export type {
  HistoryQuery,
  ResourceIdentity,
  ResourceResult,
  ResultChange,
  ResultQuery,
  ResultRow,
  ResultStore,
} from "./result-store.ts";
export type { SchemaValidation } from "./schema-validation.ts";
export type { Session, SessionStore } from "./session-store.ts";
export type { Signer, SigningKeys } from "./signer.ts";
export type { SigningServices, WritableLog } from "./signing-services.ts";
export type { Store, StoreChange } from "./store.ts";
export type { TrustRepository, TrustRepositoryState, TrustTarget } from "./trust-repository.ts";
