import type { Certificates } from "../app/index.ts";
import { parseTime } from "../base/index.ts";

/** What readiness is decided from; undefined where this replica does not have the part. */
export interface Readiness {
  readonly stopping: boolean;
  readonly policiesSynced: boolean;
  readonly namespacesSynced: boolean;
  /** For how long the cluster has told nothing of policies or namespaces, ms. */
  readonly interruptedMs: number;
  /** Of a replica that answers admission. */
  readonly serving?: {
    /** PEM of the certificate in use. */
    readonly certificatePem: string | undefined;
    /** Authorities that the webhook configurations in the cluster trust, PEM. */
    readonly bundles: readonly string[];
  };
  /** Of a replica that leads. */
  readonly webhooksInPlace?: boolean;
  /** What the store said when it was asked. */
  readonly storeFailure?: string;
}

/** Policies that were not heard of for so long may be others by now. */
const STALE_MS = 300_000;

/** Every reason for which a replica should get no reviews; empty when it is ready. */
export function reasonsNotReady(readiness: Readiness, read: Certificates["read"], now: number): readonly string[] {
  const { serving } = readiness;
  return [
    ...(readiness.stopping ? ["it is stopping"] : []),
    ...(readiness.policiesSynced ? [] : ["the policies are not known yet"]),
    ...(readiness.namespacesSynced ? [] : ["the namespaces are not known yet"]),
    ...(readiness.interruptedMs < STALE_MS
      ? []
      : [`policies or namespaces were not heard of for ${Math.floor(readiness.interruptedMs / 1_000)} s`]),
    ...(serving === undefined ? [] : reasonsOfServing(serving, read, now)),
    ...(readiness.webhooksInPlace === false ? ["the webhook configurations are not in place"] : []),
    // All replicas have one store: were it a reason for those that answer admission, its end would be that of every
    // Pod's creation, also of its own.
    ...(readiness.storeFailure === undefined || serving !== undefined
      ? []
      : [`the store does not answer: ${readiness.storeFailure}`]),
  ];
}

function reasonsOfServing(
  { certificatePem, bundles }: NonNullable<Readiness["serving"]>,
  read: Certificates["read"],
  now: number,
): readonly string[] {
  if (certificatePem === undefined) return ["there is no serving certificate yet"];
  const { notBefore, notAfter } = read(certificatePem);
  if (now >= (parseTime(notAfter) ?? 0)) return [`the serving certificate ended at ${notAfter}`];
  if (now < (parseTime(notBefore) ?? 0)) return [`the serving certificate begins at ${notBefore}`];
  const isTrusted = bundles.every((bundle) =>
    authoritiesOf(bundle).some((authority) => isSigned(certificatePem, authority, read)),
  );
  return isTrusted ? [] : ["a webhook configuration does not trust the serving certificate"];
}

/** The certificates of a PEM text, one by one. */
export function authoritiesOf(bundle: string): readonly string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function isSigned(certificatePem: string, authorityPem: string, read: Certificates["read"]): boolean {
  try {
    return read(certificatePem, authorityPem).signedByAuthority === true;
  } catch {
    // Somebody wrote something else into the configuration.
    return false;
  }
}
