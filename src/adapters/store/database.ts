/**
 * The tables, the same in SQLite and PostgreSQL. Truth values are 0 and 1, times are kept as they were given with their
 * milliseconds beside them for order, `*_json` columns hold JSON text, and every text may be escaped (stored-text.ts).
 */
import type { Generated } from "kysely";

/** A truth value: neither database's own type is the other's. */
export type Flag = 0 | 1;

interface MigrationTable {
  name: string;
  applied_at: string;
}

interface ImageTable {
  id: Generated<number>;
  /** Hash of repository and digest: what others refer to, short enough for an index whatever the names are. */
  key: string;
  repository: string;
  digest: string;
  /** Repository and tags in lower case. */
  search: string;
  tags_json: string;
  platforms_json: string;
  /** Of documents and findings: an image that did not change is not written again. */
  content_hash: string;
  first_seen_at: string;
  observed_at: string;
  observed_ms: number;
  signed: Flag;
  provenance: Flag;
  vex: Flag;
  sbom: string | null;
  sbom_standard: Flag;
  scanned_at: string | null;
  scanned_ms: number | null;
  rejected: number;
  findings_json: string;
  open_json: string;
  findings: number;
  answered: number;
  /** Findings without any statement. */
  unstated: number;
  open: number;
  open_critical: number;
  /** High, critical and unknown. */
  open_high: number;
  /** Rank of the worst open finding, -1 without any. */
  worst_open: number;
  fixable: number;
  /** Resources that name it now, and those of them that are denied. */
  running: number;
  denied: number;
}

interface DocumentTable {
  id: Generated<number>;
  image_id: number;
  document_key: string;
  document_id: string;
  kind: string;
  status: string;
  /** 0 verified, 1 unreadable, 2 rejected. */
  status_rank: number;
  stated_ms: number;
  /** The rest of the document without its predicate. */
  document_json: string;
  predicate_json: string | null;
}

interface FindingTable {
  id: Generated<number>;
  image_id: number;
  /** Smaller is worse; see findingPlace. */
  place: number;
  /** The vulnerability's id, cut: the rest of the order. */
  sort_key: string;
  rank: number;
  fixable: Flag;
  answered: Flag;
  /** Id, aliases, component and purl in lower case. */
  search: string;
  finding_json: string;
}

interface EvidenceTable {
  key_hash: string;
  loaded_at: string;
  loaded_ms: number;
  value_json: string;
}

interface SeenTable {
  key_hash: string;
  key: string;
  stated_at: string;
  stated_ms: number;
  document_id: string;
}

interface ChangeTable {
  sequence: Generated<number>;
  kind: string;
  id: string;
  at: string;
}

interface PolicyTable {
  name: string;
  policy_json: string;
}

interface PolicyVersionTable {
  id: Generated<number>;
  name: string;
  digest: string;
  state: string;
  policy_json: string;
}

interface ResourceTable {
  id: Generated<number>;
  key: string;
  cluster: string;
  api_version: string;
  kind: string;
  namespace: string | null;
  name: string;
  uid: string | null;
  checked_at: string;
  checked_ms: number;
  process: string;
  allowed: Flag;
  decision_json: string;
  images_json: string;
}

interface ResourceImageTable {
  resource_id: number;
  ordinal: number;
  /** Of the image; absent when the name could not be resolved. */
  image_key: string | null;
  image: string;
  unpinned: Flag;
}

interface ResultTable {
  id: Generated<number>;
  resource_id: number;
  policy: string;
  rule: string;
  status: string;
  /** 0 is the worst. */
  rank: number;
  /** Cluster, namespace, kind, name, policy and rule, cut. */
  sort_key: string;
  cluster: string;
  kind: string;
  namespace: string | null;
  /** The resource's name in lower case. */
  search: string;
  code: string | null;
  message: string | null;
  since: string;
}

interface ResultChangeTable {
  id: Generated<number>;
  at: string;
  at_ms: number;
  cluster: string;
  api_version: string;
  kind: string;
  namespace: string | null;
  name: string;
  uid: string | null;
  policy: string;
  rule: string;
  from_status: string | null;
  to_status: string | null;
  message: string | null;
}

interface AdmissionTable {
  sequence: Generated<number>;
  id: string;
  at: string;
  at_ms: number;
  cluster: string;
  operation: string;
  kind: string;
  namespace: string | null;
  name: string;
  /** The resource's name in lower case. */
  search: string;
  user_name: string;
  user_key: string;
  allowed: Flag;
  dry_run: Flag;
  duration_ms: number;
  message: string | null;
  replayable: Flag;
  not_replayable: string | null;
  policies_json: string;
  decision_json: string;
  input_json: string | null;
  facts_json: string | null;
  evaluated_ms: number | null;
  seed: string | null;
}

interface AuditTable {
  sequence: number;
  at: string;
  actor: string;
  action: string;
  target: string;
  details_json: string;
  previous_hash: string;
  hash: string;
}

interface SessionTable {
  token_hash: string;
  role: string;
  created_at: string;
  expires_at: string;
  expires_ms: number;
}

interface LoginTokenTable {
  token_hash: string;
  expires_ms: number;
}

export interface Database {
  amap_migrations: MigrationTable;
  images: ImageTable;
  documents: DocumentTable;
  findings: FindingTable;
  evidence: EvidenceTable;
  seen_evidence: SeenTable;
  changes: ChangeTable;
  policies: PolicyTable;
  policy_versions: PolicyVersionTable;
  resources: ResourceTable;
  resource_images: ResourceImageTable;
  results: ResultTable;
  result_changes: ResultChangeTable;
  admissions: AdmissionTable;
  audit: AuditTable;
  sessions: SessionTable;
  login_tokens: LoginTokenTable;
}
