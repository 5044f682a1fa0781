import { createSigningConfig, type SigningConfig, type TrustRoot } from "../../attestation/index.ts";
import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import { decodeTrustRootOf, readRepositoryRoot } from "../verification/trust-root-source.ts";
import type { TlsMaterial, World } from "../world.ts";
import { readDefaultSigningConfig, readSigningConfig } from "./signing-config.ts";
import type { WitnessRequest } from "./witness-signature.ts";

/** Which services are asked, as a user says it; files by their paths. */
export interface AskedServices {
  readonly signingConfig?: string;
  /** The configuration of the repository of trusted roots. */
  readonly usesDefaultConfig: boolean;
  /** A log of Rekor v1. */
  readonly rekorUrl?: string;
  readonly timestampUrl?: string;
  /** What the services' answers are verified with. */
  readonly trustedRoot?: string;
  readonly timestampClient?: GivenTls;
}

/** Files in PEM, and the name of a server. */
interface GivenTls {
  readonly caCertificate?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
}

/** Which services are asked, and what the user should know of it. */
export interface ReadWitnessRequest {
  /** Undefined where no service is asked. */
  readonly witnesses?: WitnessRequest;
  readonly warnings: readonly string[];
}

/**
 * Reads which services witness a signature. Answers are verified with the trusted root that is given, or with the one beside
 * the default configuration; without one they are not, and a warning says so.
 * @throws {AmapError} USAGE for addresses beside a configuration; SIGNING_CONFIG_INVALID, TRUST_ROOT_INVALID, KEY_INVALID,
 * FILE_NOT_FOUND; OFFLINE, NOT_SUPPORTED and TRUST_REPOSITORY_… for the default configuration
 */
export async function readWitnessRequest(world: World, given: AskedServices): Promise<ReadWitnessRequest> {
  const trustRoot = given.trustedRoot === undefined ? undefined : await readRoot(world, given.trustedRoot);
  const config = await readConfig(world, given);
  const ignored = unusedOf(given, config?.signingConfig);
  if (config === undefined) return { warnings: ignored };
  const root = trustRoot ?? config.trustRoot;
  const timestampTls = await readTls(world, given.timestampClient ?? {});
  const { transparencyLogs, timestampAuthorities } = config.signingConfig;
  const asksNobody = transparencyLogs.length === 0 && timestampAuthorities.length === 0;
  const unverified = "what the services answer is not verified; pass their --trusted-root to verify it";
  return {
    witnesses: {
      signingConfig: config.signingConfig,
      ...(root === undefined ? {} : { trustRoot: root }),
      ...(timestampTls === undefined ? {} : { timestampTls }),
    },
    warnings: [...config.warnings, ...(root === undefined && !asksNobody ? [unverified] : []), ...ignored],
  };
}

/** What was given for services that are not asked: a user who named a root must not believe that it was used. */
function unusedOf(given: AskedServices, config: SigningConfig | undefined): readonly string[] {
  const [logs, authorities] = [config?.transparencyLogs.length ?? 0, config?.timestampAuthorities.length ?? 0];
  const isClientGiven = Object.values(given.timestampClient ?? {}).some((value) => value !== undefined);
  return [
    ...(given.trustedRoot !== undefined && logs + authorities === 0
      ? ["--trusted-root is ignored: no service is asked whose answer it could verify"]
      : []),
    ...(isClientGiven && authorities === 0
      ? ["the flags --timestamp-client-… and --timestamp-server-name are ignored: no timestamp authority is asked"]
      : []),
  ];
}

interface FoundConfig {
  readonly signingConfig: SigningConfig;
  readonly trustRoot?: TrustRoot;
  readonly warnings: readonly string[];
}

async function readConfig(world: World, given: AskedServices): Promise<FoundConfig | undefined> {
  const { signingConfig, usesDefaultConfig, rekorUrl, timestampUrl } = given;
  const hasAddress = rekorUrl !== undefined || timestampUrl !== undefined;
  if (hasAddress && (signingConfig !== undefined || usesDefaultConfig)) {
    throw new AmapError("USAGE", "the addresses of services and a signing configuration exclude each other", {
      hint: "Leave out --rekor-url and --timestamp-server-url, or write them into the --signing-config.",
    });
  }
  if (signingConfig !== undefined) {
    return { signingConfig: await readSigningConfig(world, signingConfig), warnings: [] };
  }
  if (usesDefaultConfig) return readDefault(world, given.trustedRoot === undefined);
  return hasAddress ? { signingConfig: configOfAddresses(rekorUrl, timestampUrl), warnings: [] } : undefined;
}

async function readDefault(world: World, needsRoot: boolean): Promise<FoundConfig> {
  const { signingConfig, warnings } = await readDefaultSigningConfig(world);
  if (!needsRoot) return { signingConfig, warnings };
  const { trustRoot } = await readRepositoryRoot(world);
  return { signingConfig, trustRoot, warnings };
}

function configOfAddresses(rekorUrl: string | undefined, timestampUrl: string | undefined): SigningConfig {
  const service = (url: string, flag: string) => {
    const parsed = URL.parse(url);
    if (parsed?.protocol === "https:" || parsed?.protocol === "http:") {
      return { url, majorApiVersion: 1, validFor: { start: 0 }, operator: parsed.host };
    }
    // Only its beginning is shown: what follows may be a login.
    const found = parsed === null ? "something else" : `one of ${parsed.protocol}`;
    throw new AmapError("USAGE", `${flag}: expected an address such as https://rekor.example, found ${found}`);
  };
  return createSigningConfig({
    ...(rekorUrl === undefined
      ? {}
      : { transparencyLogs: [service(rekorUrl, "--rekor-url")], logSelection: { selector: "ANY" } }),
    ...(timestampUrl === undefined
      ? {}
      : {
          timestampAuthorities: [service(timestampUrl, "--timestamp-server-url")],
          timestampSelection: { selector: "ANY" },
        }),
  });
}

async function readTls(world: World, given: GivenTls): Promise<TlsMaterial | undefined> {
  const { caCertificate, clientCertificate, clientKey, serverName } = given;
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw new AmapError("USAGE", "expected --timestamp-client-cert and --timestamp-client-key together, found one", {
      hint: "Pass both: the certificate is shown to the timestamp authority, the key proves it is yours.",
    });
  }
  const material = {
    ...(caCertificate === undefined ? {} : { caCertificatePem: await readPem(world, caCertificate) }),
    ...(clientCertificate === undefined ? {} : { clientCertificatePem: await readPem(world, clientCertificate) }),
    ...(clientKey === undefined ? {} : { clientKeyPem: await readPem(world, clientKey) }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  return Object.keys(material).length === 0 ? undefined : material;
}

async function readPem(world: World, path: string): Promise<string> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.privateKeyCharacters));
  if (text?.includes("-----BEGIN ") === true) return text;
  throw new AmapError("KEY_INVALID", `${path}: expected a PEM file, found something else`, {
    hint: "Pass the certificate or key as a PEM file: `-----BEGIN …`.",
  });
}

async function readRoot(world: World, path: string): Promise<TrustRoot> {
  return decodeTrustRootOf(await world.files.read(path, LIMITS.trustRootBytes), path);
}
