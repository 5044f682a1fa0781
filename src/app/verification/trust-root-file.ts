import {
  type AuthorityInput,
  createTrustRoot,
  encodeTrustRoot,
  type LogInput,
  parseServiceSpecification,
  type ServiceSpecification,
  type TransparencyLog,
  type TrustRoot,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, encodeHex, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";
import { readRepositoryRoot } from "./trust-root-source.ts";

/** The services of a trusted root, as the flags of `trusted-root create` name them: `url=…,public-key=FILE,…`. */
export interface TrustRootRequest {
  readonly fulcio: readonly string[];
  readonly rekor: readonly string[];
  readonly ctfe: readonly string[];
  readonly tsa: readonly string[];
  /** Kinds of services that are taken from the repository of trusted roots that this machine uses. */
  readonly defaults: readonly (keyof TrustRoot)[];
}

/** A trusted root that was made. */
export interface CreatedTrustRoot {
  /** JSON on one line. */
  readonly bytes: Uint8Array;
  /** What the user should know of the age of the services that were taken. */
  readonly warnings: readonly string[];
}

/**
 * Makes a Sigstore trusted root of services whose keys and certificates are in files, beside the default ones that are
 * asked for; the JSON that cosign writes.
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, KEY_…, CERTIFICATE_INVALID; with defaults OFFLINE, TRUST_REPOSITORY_…
 */
export async function createTrustRootFile(world: World, request: TrustRootRequest): Promise<CreatedTrustRoot> {
  const { fulcio, rekor, ctfe, tsa, defaults } = request;
  const given = createTrustRoot({
    fulcio: await readAll(world, "fulcio", fulcio, toAuthority),
    rekor: await readAll(world, "rekor", rekor, toLog),
    ctfe: await readAll(world, "ctfe", ctfe, toLog),
    tsa: await readAll(world, "tsa", tsa, toAuthority),
  });
  const found = defaults.length === 0 ? undefined : await readRepositoryRoot(world);
  const taken = <K extends keyof TrustRoot>(kind: K): TrustRoot[K] | readonly [] =>
    found !== undefined && defaults.includes(kind) ? found.trustRoot[kind] : [];
  const bytes = encodeTrustRoot({
    transparencyLogs: distinctLogs([...taken("transparencyLogs"), ...given.transparencyLogs]).map(withoutRepeatedId),
    ctLogs: distinctLogs([...taken("ctLogs"), ...given.ctLogs]).map(withoutRepeatedId),
    certificateAuthorities: [...taken("certificateAuthorities"), ...given.certificateAuthorities],
    timestampAuthorities: [...taken("timestampAuthorities"), ...given.timestampAuthorities],
  });
  return { bytes, warnings: found?.warnings ?? [] };
}

/** cosign writes no id of a checkpoint key. One that says what the log's id says is left out; another one is needed. */
function withoutRepeatedId(log: TransparencyLog): TransparencyLog {
  const { checkpointKeyId, ...others } = log;
  return checkpointKeyId !== undefined && encodeHex(checkpointKeyId) !== encodeHex(log.keyId) ? log : others;
}

/** Of several logs with one id the last counts, as cosign has it. */
function distinctLogs(logs: readonly TransparencyLog[]): readonly TransparencyLog[] {
  return [...new Map(logs.map((log) => [encodeHex(log.keyId), log])).values()];
}

async function readAll<T>(
  world: World,
  flag: "fulcio" | "rekor" | "ctfe" | "tsa",
  texts: readonly string[],
  convert: (service: ServiceSpecification, pem: string, flag: string) => T,
): Promise<readonly T[]> {
  const services: T[] = [];
  for (const text of texts) {
    const service = parseServiceSpecification(flag, text);
    const pem = decodeUtf8(await world.files.read(service.file, LIMITS.trustRootBytes));
    if (pem === undefined) throw new AmapError("USAGE", `--${flag}: ${service.file}: expected PEM, found other bytes`);
    services.push(convert(service, pem, flag));
  }
  return services;
}

function toAuthority({ url, startTime, endTime }: ServiceSpecification, certificateChain: string): AuthorityInput {
  return { url, certificateChain, ...periodOf(startTime, endTime) };
}

function toLog({ url, startTime, endTime, origin }: ServiceSpecification, publicKey: string, flag: string): LogInput {
  if (startTime === undefined) {
    throw new AmapError("USAGE", `--${flag}: start-time is needed: a log's key counts from then on only`);
  }
  const named = origin === undefined ? {} : { origin };
  return { url, publicKey, startTime, ...(endTime === undefined ? {} : { endTime }), ...named };
}

function periodOf(startTime: string | undefined, endTime: string | undefined): Partial<AuthorityInput> {
  return { ...(startTime === undefined ? {} : { startTime }), ...(endTime === undefined ? {} : { endTime }) };
}
