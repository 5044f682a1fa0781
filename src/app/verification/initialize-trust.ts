import { AmapError, type HashAlgorithm, hashHex, isAmapError, LIMITS } from "../../base/index.ts";
import type { TrustRepositoryState } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** What `initialize` is told, as the flags say it. */
export interface InitializeRequest {
  /** The address of a repository; the public one when left out, or that of TUF_MIRROR. */
  readonly mirror?: string;
  /** A file or an address with the root to start from. */
  readonly root?: string;
  /** `HEX`, `sha256:HEX` or `sha512:HEX` of that root's bytes. */
  readonly rootChecksum?: string;
}

const CHECKSUM = /^(?:(sha256|sha512):)?([0-9a-f]+)$/i;
const HEX_DIGITS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/**
 * Gets the trusted root and the signing configuration of a repository, verified from its root on, and keeps them for
 * later runs. A root over plain HTTP needs a checksum: nothing else vouches for it.
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, OFFLINE, NOT_SUPPORTED, TRUST_REPOSITORY_…
 */
export async function initializeTrust(world: World, request: InitializeRequest): Promise<TrustRepositoryState> {
  const { mirror, root, rootChecksum } = request;
  if (root === undefined && rootChecksum !== undefined) {
    throw new AmapError("USAGE", "--root-checksum: expected --root, too; the root that amap carries needs no checksum");
  }
  const bytes = root === undefined ? undefined : await readRoot(world, root, rootChecksum);
  const repository = await world.openTrustRepository();
  const state = await repository.initialize({
    ...(mirror === undefined ? {} : { mirror }),
    ...(bytes === undefined ? {} : { root: bytes }),
  });
  const isUnchecked = root !== undefined && rootChecksum === undefined && isAddress(root);
  if (!isUnchecked) return state;
  const warning = `The root was fetched from ${root} without --root-checksum: only that server vouches for it`;
  return { ...state, warnings: [...state.warnings, warning] };
}

function isAddress(root: string): boolean {
  return /^https?:\/\//i.test(root);
}

async function readRoot(world: World, root: string, checksum: string | undefined): Promise<Uint8Array> {
  const expected = checksum === undefined ? undefined : parseChecksum(checksum);
  if (expected === undefined && /^http:/i.test(root)) {
    throw new AmapError("USAGE", "--root: a root over plain HTTP can be changed on its way", {
      hint: "Pass --root-checksum, or an https address, or a file.",
    });
  }
  const bytes = isAddress(root) ? await download(world, root) : await world.files.read(root, LIMITS.trustMetadataBytes);
  if (expected === undefined) return bytes;
  const found = hashHex(expected.algorithm, bytes);
  if (found === expected.hex) return bytes;
  throw new AmapError(
    "TRUST_REPOSITORY_INVALID",
    `${root}: expected ${expected.algorithm} ${expected.hex}, found ${found}`,
    {
      hint: "Get the root and its checksum anew from whoever runs the repository.",
    },
  );
}

function parseChecksum(text: string): { readonly algorithm: HashAlgorithm; readonly hex: string } {
  const match = CHECKSUM.exec(text);
  const algorithm = match?.[1]?.toLowerCase() === "sha512" ? "sha512" : "sha256";
  const hex = match?.[2]?.toLowerCase() ?? "";
  if (hex.length === HEX_DIGITS[algorithm]) return { algorithm, hex };
  throw new AmapError("USAGE", `--root-checksum: expected 64 hexadecimal digits, or sha512: and 128, found "${text}"`);
}

async function download(world: World, url: string): Promise<Uint8Array> {
  const http = await world.openHttp({});
  try {
    const { status, body } = await http.send({ method: "GET", url, maxBytes: LIMITS.trustMetadataBytes });
    if (status === 200) return body;
    throw new AmapError("TRUST_REPOSITORY_UNREACHABLE", `${url}: expected the answer 200, found ${status}`, {
      hint: "Redirects are not followed: pass the last address, or fetch the root and pass its file.",
    });
  } catch (error) {
    if (!isAmapError(error) || error.code !== "REGISTRY_UNREACHABLE") throw error;
    throw new AmapError("TRUST_REPOSITORY_UNREACHABLE", `${url}: ${error.message}`, { cause: error });
  } finally {
    await http.close();
  }
}
