/** The schema as it grew. A migration that was released is never changed: a store in use has run it. */

/** Words in which the two databases differ. */
export interface ColumnTypes {
  readonly id: string;
  readonly text: string;
  readonly integer: string;
  readonly real: string;
}

export interface Migration {
  readonly name: string;
  readonly statements: (types: ColumnTypes) => readonly string[];
}

const imagesAndEvidence: Migration = {
  name: "0001-images-and-evidence",
  statements: ({ id, text, integer }) => [
    `CREATE TABLE images (
      id ${id}, key ${text} NOT NULL UNIQUE, repository ${text} NOT NULL, digest ${text} NOT NULL,
      search ${text} NOT NULL, tags_json ${text} NOT NULL, platforms_json ${text} NOT NULL, content_hash ${text} NOT NULL,
      first_seen_at ${text} NOT NULL, observed_at ${text} NOT NULL, observed_ms ${integer} NOT NULL,
      signed ${integer} NOT NULL, provenance ${integer} NOT NULL, vex ${integer} NOT NULL,
      sbom ${text}, sbom_standard ${integer} NOT NULL, scanned_at ${text}, scanned_ms ${integer},
      rejected ${integer} NOT NULL, findings_json ${text} NOT NULL, open_json ${text} NOT NULL,
      findings ${integer} NOT NULL, answered ${integer} NOT NULL, unstated ${integer} NOT NULL,
      open ${integer} NOT NULL, open_critical ${integer} NOT NULL, open_high ${integer} NOT NULL,
      worst_open ${integer} NOT NULL, fixable ${integer} NOT NULL,
      running ${integer} NOT NULL, denied ${integer} NOT NULL)`,
    "CREATE INDEX images_observed ON images (observed_ms, id)",
    `CREATE TABLE documents (
      id ${id}, image_id ${integer} NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      document_key ${text} NOT NULL, document_id ${text} NOT NULL, kind ${text} NOT NULL, status ${text} NOT NULL,
      status_rank ${integer} NOT NULL, stated_ms ${integer} NOT NULL, document_json ${text} NOT NULL,
      predicate_json ${text})`,
    "CREATE INDEX documents_image ON documents (image_id, document_key)",
    `CREATE TABLE findings (
      id ${id}, image_id ${integer} NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      place ${integer} NOT NULL, sort_key ${text} NOT NULL, rank ${integer} NOT NULL, fixable ${integer} NOT NULL,
      answered ${integer} NOT NULL, search ${text} NOT NULL, finding_json ${text} NOT NULL)`,
    "CREATE INDEX findings_order ON findings (place, sort_key, id)",
    "CREATE INDEX findings_answered ON findings (answered, place, sort_key, id)",
    "CREATE INDEX findings_image ON findings (image_id, place, sort_key, id)",
    `CREATE TABLE evidence (
      key_hash ${text} NOT NULL PRIMARY KEY, loaded_at ${text} NOT NULL, loaded_ms ${integer} NOT NULL,
      value_json ${text} NOT NULL)`,
    "CREATE INDEX evidence_loaded ON evidence (loaded_ms)",
    `CREATE TABLE seen_evidence (
      key_hash ${text} NOT NULL PRIMARY KEY, key ${text} NOT NULL, stated_at ${text} NOT NULL,
      stated_ms ${integer} NOT NULL, document_id ${text} NOT NULL)`,
    `CREATE TABLE changes (sequence ${id}, kind ${text} NOT NULL, id ${text} NOT NULL, at ${text} NOT NULL)`,
  ],
};

const policiesAndResults: Migration = {
  name: "0002-policies-and-results",
  statements: ({ id, text, integer, real }) => [
    `CREATE TABLE policies (name ${text} NOT NULL PRIMARY KEY, policy_json ${text} NOT NULL)`,
    `CREATE TABLE policy_versions (
      id ${id}, name ${text} NOT NULL, digest ${text} NOT NULL, state ${text} NOT NULL, policy_json ${text} NOT NULL)`,
    "CREATE INDEX policy_versions_name ON policy_versions (name, id)",
    "CREATE INDEX policy_versions_digest ON policy_versions (digest, id)",
    `CREATE TABLE resources (
      id ${id}, key ${text} NOT NULL UNIQUE, cluster ${text} NOT NULL, api_version ${text} NOT NULL,
      kind ${text} NOT NULL, namespace ${text}, name ${text} NOT NULL, uid ${text}, checked_at ${text} NOT NULL,
      checked_ms ${integer} NOT NULL, process ${text} NOT NULL, allowed ${integer} NOT NULL,
      decision_json ${text} NOT NULL, images_json ${text} NOT NULL)`,
    "CREATE INDEX resources_checked ON resources (cluster, checked_ms)",
    `CREATE TABLE resource_images (
      resource_id ${integer} NOT NULL REFERENCES resources (id) ON DELETE CASCADE, ordinal ${integer} NOT NULL,
      image_key ${text}, image ${text} NOT NULL, unpinned ${integer} NOT NULL, PRIMARY KEY (resource_id, ordinal))`,
    "CREATE INDEX resource_images_image ON resource_images (image_key, resource_id, unpinned)",
    `CREATE TABLE results (
      id ${id}, resource_id ${integer} NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
      policy ${text} NOT NULL, rule ${text} NOT NULL, status ${text} NOT NULL, rank ${integer} NOT NULL,
      sort_key ${text} NOT NULL, cluster ${text} NOT NULL, kind ${text} NOT NULL, namespace ${text},
      search ${text} NOT NULL, code ${text}, message ${text}, since ${text} NOT NULL)`,
    "CREATE INDEX results_order ON results (rank, sort_key, id)",
    "CREATE INDEX results_policy ON results (policy, rank, sort_key, id)",
    "CREATE INDEX results_status ON results (policy, status)",
    "CREATE INDEX results_kind ON results (kind, rank, sort_key, id)",
    "CREATE INDEX results_namespace ON results (namespace, rank, sort_key, id)",
    "CREATE INDEX results_resource ON results (resource_id)",
    `CREATE TABLE result_changes (
      id ${id}, at ${text} NOT NULL, at_ms ${integer} NOT NULL, cluster ${text} NOT NULL, api_version ${text} NOT NULL,
      kind ${text} NOT NULL, namespace ${text}, name ${text} NOT NULL, uid ${text}, policy ${text} NOT NULL,
      rule ${text} NOT NULL, from_status ${text}, to_status ${text}, message ${text})`,
    "CREATE INDEX result_changes_at ON result_changes (at_ms, id)",
    "CREATE INDEX result_changes_policy ON result_changes (policy, at_ms, id)",
    "CREATE INDEX result_changes_name ON result_changes (name, at_ms, id)",
    `CREATE TABLE admissions (
      sequence ${id}, id ${text} NOT NULL UNIQUE, at ${text} NOT NULL, at_ms ${integer} NOT NULL,
      cluster ${text} NOT NULL, operation ${text} NOT NULL, kind ${text} NOT NULL, namespace ${text},
      name ${text} NOT NULL, search ${text} NOT NULL, user_name ${text} NOT NULL, user_key ${text} NOT NULL,
      allowed ${integer} NOT NULL, dry_run ${integer} NOT NULL, duration_ms ${real} NOT NULL, message ${text},
      replayable ${integer} NOT NULL, not_replayable ${text}, policies_json ${text} NOT NULL,
      decision_json ${text} NOT NULL, input_json ${text}, facts_json ${text}, evaluated_ms ${integer}, seed ${text})`,
    "CREATE INDEX admissions_at ON admissions (at_ms, sequence)",
    "CREATE INDEX admissions_allowed ON admissions (allowed, at_ms, sequence)",
    "CREATE INDEX admissions_namespace ON admissions (namespace, at_ms, sequence)",
    "CREATE INDEX admissions_user ON admissions (user_key, at_ms, sequence)",
  ],
};

const auditAndSessions: Migration = {
  name: "0003-audit-and-sessions",
  statements: ({ text, integer }) => [
    `CREATE TABLE audit (
      sequence ${integer} NOT NULL PRIMARY KEY, at ${text} NOT NULL, actor ${text} NOT NULL, action ${text} NOT NULL,
      target ${text} NOT NULL, details_json ${text} NOT NULL, previous_hash ${text} NOT NULL, hash ${text} NOT NULL)`,
    `CREATE TABLE sessions (
      token_hash ${text} NOT NULL PRIMARY KEY, role ${text} NOT NULL, created_at ${text} NOT NULL,
      expires_at ${text} NOT NULL, expires_ms ${integer} NOT NULL)`,
    `CREATE TABLE login_tokens (token_hash ${text} NOT NULL PRIMARY KEY, expires_ms ${integer} NOT NULL)`,
  ],
};

/** In the order they are run. */
export const MIGRATIONS: readonly Migration[] = [imagesAndEvidence, policiesAndResults, auditAndSessions];
