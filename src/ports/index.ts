/** The door of `ports`: what amap needs of the world, one interface a file. */
export type { AdvisoryDatabase, AdvisoryDatabaseStatus, ImportResult } from "./advisory-database.ts";
export type { ArchiveEntry, ArchiveFile, Archives } from "./archive.ts";
export type { CertifiedKey, Certificates, ServingNames } from "./certificates.ts";
export type { Clock } from "./clock.ts";
export type {
  Cluster,
  ClusterEvent,
  ClusterKind,
  ClusterName,
  ClusterPatch,
  ClusterSelection,
} from "./cluster.ts";
export type { Entropy } from "./entropy.ts";
export type { FileEntry, Files, LinkOptions } from "./files.ts";
export type { HttpClient, HttpRequest, HttpResponse, HttpStream } from "./http-client.ts";
export type { OciStorage, WriteManifestOptions } from "./oci-storage.ts";
export type { CredentialSource, RegistryCredentials } from "./registry-credentials.ts";
export type { Signer, SigningKeys } from "./signer.ts";
