import { canonicalJson, encodeUtf8 } from "../../base/index.ts";
import { type CheckpointOptions, type CheckpointSigner, cosign, noteKeyId, signCheckpoint } from "./checkpoint.ts";
import { base64, type InclusionProofJson, type LogEntryJson } from "./json-shapes.ts";
import { createTestKey, type TestKey } from "./keys.ts";
import type { EntryBody } from "./log-entries.ts";
import { createMerkleTree, type MerkleTree } from "./merkle-tree.ts";

/** What an answer of a log may say otherwise than usual. */
export interface LogAnswerOptions {
  /** When Rekor v1 took the entry in; milliseconds since 1970. */
  readonly at: number;
  /** Leaves that come after the entry before the checkpoint is made. */
  readonly laterLeaves?: number;
  readonly checkpoint?: CheckpointOptions;
  /** Leave out the promise or the proof. */
  readonly without?: "promise" | "proof";
  /** The time that the log writes into its answer and promise, in seconds, where it is not `at`. */
  readonly integratedTime?: number;
}

/** A transparency log, Rekor v1 or v2. */
export interface TestLog {
  readonly version: "v1" | "v2";
  readonly key: TestKey;
  readonly baseUrl: string;
  /** The checkpoint's first line. */
  readonly origin: string;
  readonly signer: CheckpointSigner;
  /** What entries name as their log. */
  readonly logId: Buffer;
  readonly tree: MerkleTree;
  /** What the log's index counts before this tree's first leaf (Rekor v1's earlier shards). */
  readonly firstIndex: number;
  /** Adds leaves that mean nothing. */
  fill(count: number): void;
  add(entry: EntryBody, options: LogAnswerOptions): LogEntryJson;
  /** The answer about a leaf in the tree of `size`. */
  proof(index: number, size: number, checkpoint?: CheckpointOptions): InclusionProofJson;
}

/** How a log is made. */
export interface LogOptions {
  readonly baseUrl: string;
  readonly key?: TestKey;
  /** Leaves before the first entry. */
  readonly earlierLeaves?: number;
  /** Witnesses of Rekor v2. */
  readonly witnesses?: readonly CheckpointSigner[];
}

/** Rekor v1's name of the tree that is active: 19 digits. */
export const TREE_ID = "1193050959916656506";

/** Rekor v1: a promise (SET), the time of entry, and a proof; the checkpoint's origin names host and tree. */
export function createRekorV1(options: LogOptions): TestLog {
  const key = options.key ?? createTestKey();
  const name = new URL(options.baseUrl).hostname;
  const log = createLog({
    ...options,
    key,
    version: "v1",
    origin: `${name} - ${TREE_ID}`,
    name,
    firstIndex: 4_163_431,
  });
  return {
    ...log,
    add: (entry, answer) => {
      const made = log.add(entry, answer);
      const integratedTime = answer.integratedTime ?? Math.floor(answer.at / 1000);
      made.integratedTime = String(integratedTime);
      if (answer.without !== "promise") {
        const signedEntryTimestamp = base64(key.sign(promised(made, integratedTime)));
        made.inclusionPromise = { signedEntryTimestamp };
      }
      return made;
    },
  };
}

/** Rekor v2: no promise and no time; the checkpoint's origin is the host. */
export function createRekorV2(options: LogOptions): TestLog {
  const key = options.key ?? createTestKey("ed25519");
  const name = new URL(options.baseUrl).hostname;
  return createLog({ ...options, key, version: "v2", origin: name, name, firstIndex: 0 });
}

/** The bytes under a SET: the canonical JSON of these four. */
export function promised(entry: LogEntryJson, integratedTime: number): Uint8Array {
  return encodeUtf8(
    canonicalJson({
      body: entry.canonicalizedBody,
      integratedTime,
      logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
      logIndex: Number(entry.logIndex),
    }),
  );
}

interface LogParts extends LogOptions {
  readonly key: TestKey;
  readonly version: "v1" | "v2";
  readonly origin: string;
  readonly name: string;
  readonly firstIndex: number;
}

function createLog({
  version,
  key,
  baseUrl,
  origin,
  name,
  firstIndex,
  earlierLeaves,
  witnesses = [],
}: LogParts): TestLog {
  const tree = createMerkleTree();
  const signer = { name, key };
  const logId = version === "v1" ? key.keyId : noteKeyId(signer);
  const fill = (count: number): void => {
    for (let left = count; left > 0; left -= 1) tree.append(Buffer.from(`leaf ${tree.size} of ${origin}`));
  };
  const proof = (index: number, size: number, checkpoint: CheckpointOptions = {}): InclusionProofJson => {
    const rootHash = tree.root(size);
    const text = signCheckpoint({ origin, size, rootHash, signers: [signer] }, checkpoint);
    const envelope = witnesses.reduce((signed, witness) => cosign(signed, witness, 1_780_000_000), text);
    return {
      logIndex: String(index),
      rootHash: base64(rootHash),
      treeSize: String(size),
      hashes: tree.proof(index, size).map(base64),
      checkpoint: { envelope },
    };
  };
  fill(earlierLeaves ?? 0);
  return {
    version,
    key,
    baseUrl,
    origin,
    signer,
    logId,
    tree,
    firstIndex,
    fill,
    proof,
    add: ({ kind, version: kindVersion, body }, { laterLeaves = 0, checkpoint, without }) => {
      const index = tree.append(body);
      fill(laterLeaves);
      return {
        logIndex: String(firstIndex + index),
        logId: { keyId: base64(logId) },
        kindVersion: { kind, version: kindVersion },
        ...(without === "proof" ? {} : { inclusionProof: proof(index, tree.size, checkpoint) }),
        canonicalizedBody: base64(body),
      };
    },
  };
}
