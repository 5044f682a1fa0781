import {
  createSigningConfig,
  decodeSigningConfig,
  encodeSigningConfig,
  parseServiceSelection,
  parseSigningService,
  type SigningConfig,
  type SigningConfigInput,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";

/** What `signing-config create` is told, as the flags say it. */
export interface SigningConfigRequest {
  /** A file to start from. */
  readonly base?: string;
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

/**
 * Makes a signing configuration, and writes it where a file is named.
 * @returns its JSON on one line
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, FILE_UNREADABLE, SIGNING_CONFIG_INVALID
 */
export async function createSigningConfigFile(world: World, request: SigningConfigRequest): Promise<string> {
  const { rekorConfig, tsaConfig } = request;
  const config = createSigningConfig({
    certificateAuthorities: request.fulcio.map((text) => parseSigningService("fulcio", text)),
    oidcProviders: request.oidcProviders.map((text) => parseSigningService("oidc-provider", text)),
    transparencyLogs: request.rekor.map((text) => parseSigningService("rekor", text)),
    timestampAuthorities: request.tsa.map((text) => parseSigningService("tsa", text)),
    ...(rekorConfig === undefined ? {} : { logSelection: parseServiceSelection("rekor-config", rekorConfig) }),
    ...(tsaConfig === undefined ? {} : { timestampSelection: parseServiceSelection("tsa-config", tsaConfig) }),
    without: request.without,
    ...(request.base === undefined ? {} : { base: await readSigningConfig(world, request.base) }),
  });
  const bytes = encodeSigningConfig(config);
  if (request.out !== undefined) await world.files.write(request.out, bytes, { mode: OWNER_ONLY });
  return decodeUtf8(bytes) ?? "";
}

/**
 * Reads a signing configuration from a file.
 * @throws {AmapError} FILE_NOT_FOUND, SIGNING_CONFIG_INVALID with the file's name
 */
export async function readSigningConfig(world: World, path: string): Promise<SigningConfig> {
  return decodeNamed(await world.files.read(path, LIMITS.trustRootBytes), path);
}

/**
 * The signing configuration of the repository of trusted roots that this machine uses, with what the user should know of
 * its age.
 * @throws {AmapError} OFFLINE, TRUST_REPOSITORY_…, NOT_SUPPORTED (it has none), SIGNING_CONFIG_INVALID
 */
export async function readDefaultSigningConfig(
  world: World,
): Promise<{ readonly signingConfig: SigningConfig; readonly warnings: readonly string[] }> {
  const repository = await world.openTrustRepository();
  const { bytes, source, warnings } = await repository.read("signing_config.v0.2.json");
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
