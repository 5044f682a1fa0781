import { decodeTrustRoot, type TrustRoot } from "../../attestation/index.ts";
import { AmapError } from "../../base/index.ts";
import type { World } from "../world.ts";

/** A trusted root, with what the user should know of its age. */
export interface FoundTrustRoot {
  readonly trustRoot: TrustRoot;
  /** The address of the repository that it came from. */
  readonly repository: string;
  /** A sentence each; empty when it is as new as it should be. */
  readonly warnings: readonly string[];
}

/** Reads the trusted root of the repository that this machine uses: the public one, or TUF_MIRROR's. */
export type TrustRootSource = () => Promise<FoundTrustRoot>;

/** A process that runs for weeks looks again after this time: logs and authorities change. */
const KEPT_MS = 3_600_000;
/** A repository that did not answer is not asked again at once by everybody who needs it. */
const FAILURE_KEPT_MS = 5_000;

/**
 * A source that reads the trusted root when it is first asked for, keeps it for an hour, and a failure for five seconds.
 * A failure to read it anew is a failure: what is older than the repository allows comes with warnings from there.
 */
export function createTrustRootSource(world: Pick<World, "clock" | "openTrustRepository">): TrustRootSource {
  let kept: { readonly at: number; failedAt?: number; readonly reading: Promise<FoundTrustRoot> } | undefined;
  const isUsable = (): boolean => {
    if (kept === undefined) return false;
    const now = world.clock.now();
    const [from, ms] = kept.failedAt === undefined ? [kept.at, KEPT_MS] : [kept.failedAt, FAILURE_KEPT_MS];
    // After a clock that was set back nobody knows the age.
    return now >= from && now - from < ms;
  };
  return () => {
    if (kept !== undefined && isUsable()) return kept.reading;
    const entry: NonNullable<typeof kept> = { at: world.clock.now(), reading: readRepositoryRoot(world) };
    kept = entry;
    entry.reading.catch(() => {
      entry.failedAt = world.clock.now();
    });
    return entry.reading;
  };
}

/** A source that tells each warning once. */
export function tellingWarnings(source: TrustRootSource, tell: (warning: string) => void = () => {}): TrustRootSource {
  const told = new Set<string>();
  return async () => {
    const found = await source();
    for (const warning of found.warnings) {
      if (!told.has(warning)) tell(warning);
      told.add(warning);
    }
    return found;
  };
}

/**
 * Reads the trusted root of the repository of trusted roots that this machine uses.
 * @throws {AmapError} OFFLINE, TRUST_REPOSITORY_…, NOT_SUPPORTED (it has none), TRUST_ROOT_INVALID
 */
export async function readRepositoryRoot({
  openTrustRepository,
}: Pick<World, "openTrustRepository">): Promise<FoundTrustRoot> {
  const repository = await openTrustRepository();
  const { bytes, source, warnings } = await repository.read("trusted_root.json");
  return { trustRoot: decodeTrustRootOf(bytes, source), repository: source, warnings };
}

/**
 * A trusted root whose damage is a failure, not a finding.
 * @throws {AmapError} TRUST_ROOT_INVALID, with the first issue and where the root came from
 */
export function decodeTrustRootOf(bytes: Uint8Array, source: string): TrustRoot {
  const decoded = decodeTrustRoot(bytes);
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const place = issue?.path === "" ? "" : `${issue?.path}: `;
  throw new AmapError(issue?.code ?? "TRUST_ROOT_INVALID", `${source}: ${place}${issue?.message ?? "malformed"}`);
}
