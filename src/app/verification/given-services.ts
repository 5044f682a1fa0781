import {
  type Certificate,
  type CertificateAuthority,
  createTrustRoot,
  decodeCertificatesPem,
  type TransparencyLog,
  type TrustRoot,
} from "../../attestation/index.ts";
import { AmapError, decodeBase64, decodeUtf8, encodeHex, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";

/** Services whose keys and certificates the user gives one by one, by files in PEM, as cosign's older flags do. */
export interface GivenServices {
  /** From the authority that issued the signer's certificate up to the root, which is trusted. */
  readonly certificateChain?: string;
  /** Roots, each of which is trusted. */
  readonly caRoots?: string;
  /** Authorities between a signer and a root; they may link, they are never trusted. */
  readonly caIntermediates?: string;
  /** Of a timestamp authority, up to its root, with or without the authority's own certificate. */
  readonly timestampCertificateChain?: string;
}

/** The parts of a trust root that were given; a part that was not is absent, and not empty. */
export type GivenTrust = Partial<TrustRoot>;

/** Variables by which cosign takes keys and certificates from files, in place of a trusted root's. */
const VARIABLES = {
  logKey: "SIGSTORE_REKOR_PUBLIC_KEY",
  certificateLogKey: "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
  authorities: "SIGSTORE_ROOT_FILE",
  timestampAuthority: "SIGSTORE_TSA_CERTIFICATE_FILE",
} as const;

/** A log whose key is given by itself is trusted for any time: nobody says since when. */
const ALWAYS = "1970-01-01T00:00:00Z";

/**
 * Reads the services that flags name, and with `readsVariables` those of cosign's variables where no flag names one.
 * @throws {AmapError} USAGE for flags that exclude each other, FILE_NOT_FOUND, CERTIFICATE_INVALID, KEY_…
 */
export async function readGivenTrust(
  world: World,
  given: GivenServices,
  { readsVariables }: { readonly readsVariables: boolean },
): Promise<GivenTrust> {
  const variable = (name: keyof typeof VARIABLES): string | undefined =>
    (readsVariables && world.environment(VARIABLES[name])) || undefined;
  const certificateAuthorities =
    (await readAuthorities(world, given)) ?? (await readMixedAuthorities(world, variable("authorities")));
  const timestampChain = given.timestampCertificateChain ?? variable("timestampAuthority");
  const logs = await readLog(world, variable("logKey"));
  const ctLogs = await readLog(world, variable("certificateLogKey"));
  return {
    ...(certificateAuthorities && { certificateAuthorities }),
    ...(timestampChain !== undefined && { timestampAuthorities: [await readTimestampChain(world, timestampChain)] }),
    ...(logs && { transparencyLogs: logs }),
    ...(ctLogs && { ctLogs }),
  };
}

async function readAuthorities(
  world: World,
  { certificateChain, caRoots, caIntermediates }: GivenServices,
): Promise<readonly CertificateAuthority[] | undefined> {
  if (certificateChain !== undefined && (caRoots ?? caIntermediates) !== undefined) {
    const other = caRoots === undefined ? "--ca-intermediates" : "--ca-roots";
    throw new AmapError("USAGE", `--certificate-chain and ${other} exclude each other: give the chain, or the roots`);
  }
  if (caIntermediates !== undefined && caRoots === undefined) {
    throw new AmapError("USAGE", "--ca-intermediates: expected --ca-roots, too; what links to no root is not trusted");
  }
  if (certificateChain !== undefined) return [await readChain(world, certificateChain)];
  if (caRoots === undefined) return undefined;
  const roots = await readCertificates(world, caRoots);
  const links = caIntermediates === undefined ? [] : await readCertificates(world, caIntermediates);
  return roots.map((root) => ({ uri: caRoots, chain: [...links, root], validFor: {} }));
}

/** One file with roots and what links to them: what issued itself is a root, as cosign reads it. */
async function readMixedAuthorities(
  world: World,
  path: string | undefined,
): Promise<readonly CertificateAuthority[] | undefined> {
  if (path === undefined) return undefined;
  const certificates = await readCertificates(world, path);
  const roots = certificates.filter(isRoot);
  if (roots.length === 0) throw new AmapError("CERTIFICATE_INVALID", `${path}: expected a root, found none`);
  const links = certificates.filter((certificate) => !isRoot(certificate));
  return roots.map((root) => ({ uri: path, chain: [...links, root], validFor: {} }));
}

/** Whether it names itself as its issuer. Nothing is trusted for that: the user gave the file. */
function isRoot({ subject, issuer }: Certificate): boolean {
  return encodeHex(subject) === encodeHex(issuer);
}

async function readChain(world: World, path: string): Promise<CertificateAuthority> {
  return { uri: path, chain: await readCertificates(world, path), validFor: {} };
}

/** cosign reads the certificates of a timestamp authority in any order: its own goes first, the root last. */
async function readTimestampChain(world: World, path: string): Promise<CertificateAuthority> {
  const { uri, chain, validFor } = await readChain(world, path);
  const rank = (certificate: Certificate): number => (certificate.isAuthority ? (isRoot(certificate) ? 2 : 1) : 0);
  return { uri, chain: chain.toSorted((one, other) => rank(one) - rank(other)), validFor };
}

/**
 * The certificates of a file in PEM, at least one.
 * @throws {AmapError} FILE_NOT_FOUND, CERTIFICATE_INVALID with the file's name
 */
export async function readCertificates(world: World, path: string): Promise<readonly Certificate[]> {
  const decoded = decodeCertificatesPem(await readText(world, path));
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  throw new AmapError("CERTIFICATE_INVALID", `${path}: ${issue?.message ?? "expected certificates in PEM"}`);
}

async function readLog(world: World, path: string | undefined): Promise<readonly TransparencyLog[] | undefined> {
  if (path === undefined) return undefined;
  const publicKey = await readText(world, path);
  return createTrustRoot({ rekor: [{ url: path, publicKey, startTime: ALWAYS }] }).transparencyLogs;
}

async function readText(world: World, path: string): Promise<string> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.trustRootBytes));
  // cosign writes certificates as base64 of their PEM, too.
  const inner = text === undefined ? undefined : decodeBase64(text.trim());
  const pem = inner === undefined ? text : decodeUtf8(inner);
  if (pem !== undefined) return pem;
  throw new AmapError("CERTIFICATE_INVALID", `${path}: expected PEM, found other bytes`);
}
