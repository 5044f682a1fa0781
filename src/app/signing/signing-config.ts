import {
  createSigningConfig,
  decodeSigningConfig,
  encodeSigningConfig,
  parseServiceSelection,
  parseSigningService,
  type SigningConfig,
  type SigningConfigInput,
  type SigningService,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";

/** What `signing-config create` is told, as the flags say it. */
export interface SigningConfigRequest {
  /** A file to start from: services that are given below take the place of its own. */
  readonly base?: string;
  /** Start from the services of the repository of trusted roots, too: with Rekor v1 or v2. Given ones are added. */
  readonly defaults?: "rekor-v1" | "rekor-v2";
  readonly fulcio: readonly string[];
  readonly oidcProviders: readonly string[];
  readonly rekor: readonly string[];
  readonly rekorConfig?: string;
  readonly tsa: readonly string[];
  readonly tsaConfig?: string;
  /** Kinds of services that are not taken from the base. */
  readonly without: NonNullable<SigningConfigInput["without"]>;
  /** A file to write to. */
  readonly out?: string;
}

const OWNER_ONLY = 0o600;

/** A signing configuration that was made. */
export interface CreatedSigningConfig {
  /** On one line. */
  readonly json: string;
  /** What the user should know of the age of the services that were started from. */
  readonly warnings: readonly string[];
}

/**
 * Makes a signing configuration, and writes it where a file is named.
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, FILE_UNREADABLE, SIGNING_CONFIG_INVALID; with defaults OFFLINE, TRUST_REPOSITORY_…
 */
export async function createSigningConfigFile(
  world: World,
  request: SigningConfigRequest,
): Promise<CreatedSigningConfig> {
  const { rekorConfig, tsaConfig, without } = request;
  if (request.base !== undefined && request.defaults !== undefined) {
    throw new AmapError("USAGE", "--base-config and the default services exclude each other: start from one of them");
  }
  const base = request.base === undefined ? undefined : await readSigningConfig(world, request.base);
  const defaults = request.defaults === undefined ? undefined : await readDefaults(world, request.defaults);
  const found = defaults?.signingConfig;
  const added = (given: readonly SigningService[], kind: Kind, others: readonly SigningService[] = []) =>
    given.length === 0 || without.includes(kind) ? given : [...others, ...given];
  const started = base ?? found;
  const own = readServices(request);
  const config = createSigningConfig({
    certificateAuthorities: added(own.certificateAuthorities, "fulcio", found?.certificateAuthorities),
    oidcProviders: added(own.oidcProviders, "oidc", found?.oidcProviders),
    transparencyLogs: added(own.transparencyLogs, "rekor", found?.transparencyLogs),
    timestampAuthorities: added(own.timestampAuthorities, "tsa", found?.timestampAuthorities),
    ...(rekorConfig === undefined ? {} : { logSelection: parseServiceSelection("rekor-config", rekorConfig) }),
    ...(tsaConfig === undefined ? {} : { timestampSelection: parseServiceSelection("tsa-config", tsaConfig) }),
    without,
    ...(started === undefined ? {} : { base: started }),
  });
  const bytes = encodeSigningConfig(config);
  if (request.out !== undefined) await world.files.write(request.out, bytes, { mode: OWNER_ONLY });
  return { json: decodeUtf8(bytes) ?? "", warnings: defaults?.warnings ?? [] };
}

type Kind = NonNullable<SigningConfigInput["without"]>[number];
type Services = Pick<
  SigningConfig,
  "certificateAuthorities" | "oidcProviders" | "transparencyLogs" | "timestampAuthorities"
>;

function readServices({ fulcio, oidcProviders, rekor, tsa }: SigningConfigRequest): Services {
  return {
    certificateAuthorities: fulcio.map((text) => parseSigningService("fulcio", text)),
    oidcProviders: oidcProviders.map((text) => parseSigningService("oidc-provider", text)),
    transparencyLogs: rekor.map((text) => parseSigningService("rekor", text)),
    timestampAuthorities: tsa.map((text) => parseSigningService("tsa", text)),
  };
}

/**
 * Reads a signing configuration from a file.
 * @throws {AmapError} FILE_NOT_FOUND, SIGNING_CONFIG_INVALID with the file's name
 */
export async function readSigningConfig(world: World, path: string): Promise<SigningConfig> {
  return decodeNamed(await world.files.read(path, LIMITS.trustRootBytes), path);
}

/** A signing configuration of the repository of trusted roots, with what the user should know of its age. */
export interface DefaultSigningConfig {
  readonly signingConfig: SigningConfig;
  readonly warnings: readonly string[];
}

/**
 * The signing configuration of the repository of trusted roots that this machine uses, with what the user should know of
 * its age.
 * @throws {AmapError} OFFLINE, TRUST_REPOSITORY_…, NOT_SUPPORTED (it has none), SIGNING_CONFIG_INVALID
 */
export async function readDefaultSigningConfig(world: World): Promise<DefaultSigningConfig> {
  return readDefaults(world, "rekor-v1");
}

/** The names that cosign 3.1.3 asks for. */
const DEFAULT_FILES = {
  "rekor-v1": "signing_config.v0.2.json",
  "rekor-v2": "signing_config_rekor_v2.v0.2.json",
} as const;

async function readDefaults(world: World, which: keyof typeof DEFAULT_FILES): Promise<DefaultSigningConfig> {
  const repository = await world.openTrustRepository();
  const { bytes, source, warnings } = await repository.read(DEFAULT_FILES[which]);
  return { signingConfig: decodeNamed(bytes, source), warnings };
}

function decodeNamed(bytes: Uint8Array, path: string): SigningConfig {
  const decoded = decodeSigningConfig(bytes);
  if (decoded.ok) return decoded.value;
  const [issue, ...others] = decoded.issues;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const at = issue === undefined || issue.path === "" ? path : `${path}: ${issue.path}`;
  throw new AmapError("SIGNING_CONFIG_INVALID", `${at}: ${issue?.message ?? "it cannot be read"}${more}`);
}
