import {
  type AuthorityInput,
  createTrustRoot,
  encodeTrustRoot,
  type LogInput,
  parseServiceSpecification,
  type ServiceSpecification,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";

/** The services of a trusted root, as the flags of `trusted-root create` name them: `url=…,public-key=FILE,…`. */
export interface TrustRootRequest {
  readonly fulcio: readonly string[];
  readonly rekor: readonly string[];
  readonly ctfe: readonly string[];
  readonly tsa: readonly string[];
}

/**
 * Makes a Sigstore trusted root of services whose keys and certificates are in files; the JSON that cosign writes.
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, KEY_…, CERTIFICATE_INVALID
 */
export async function createTrustRootFile(world: World, request: TrustRootRequest): Promise<Uint8Array> {
  const { fulcio, rekor, ctfe, tsa } = request;
  const root = createTrustRoot({
    fulcio: await readAll(world, "fulcio", fulcio, toAuthority),
    rekor: await readAll(world, "rekor", rekor, toLog),
    ctfe: await readAll(world, "ctfe", ctfe, toLog),
    tsa: await readAll(world, "tsa", tsa, toAuthority),
  });
  return encodeTrustRoot(root);
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
