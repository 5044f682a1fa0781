import {
  type Attachment,
  decodeBundle,
  decodeEnvelope,
  decodeSimpleSigning,
  decodeStatement,
  type Envelope,
  STATEMENT_PAYLOAD_TYPE,
} from "../../../attestation/index.ts";
import { type Digest, digestAlgorithm, digestHex, type ErrorCode, isAmapError, LIMITS } from "../../../base/index.ts";
import { mapBounded } from "../../bounded.ts";
import { type DefectKind, type Finding, findingOf, type Patient } from "./defect.ts";

/** A layer with the place of its manifest, for messages. */
export interface PlacedAttachment {
  readonly where: string;
  readonly attachment: Attachment;
}

/** Contents that are held at the same time. */
const WIDTH = 2;
const READ_FAULTS: Readonly<Partial<Record<ErrorCode, DefectKind>>> = {
  BLOB_NOT_FOUND: "content-missing",
  BLOB_DIGEST_MISMATCH: "content-damaged",
  BLOB_SIZE_MISMATCH: "content-damaged",
  LIMIT_EXCEEDED: "content-malformed",
};
const REMEDIES: Readonly<Partial<Record<DefectKind, string>>> = {
  "content-missing": "attach it again from where it was made; `amap clean` removes what is left of it",
  "content-damaged": "attach it again from where it was made; `amap clean` removes what is left of it",
  "content-malformed": "it never counts; attach it again from where it was made, or remove it with `amap clean`",
  "content-elsewhere": "it never counts here; attach it to what it speaks about, or remove it with `amap clean`",
};

/** What is wrong with one content. */
interface Fault {
  readonly kind: DefectKind;
  readonly problem: string;
}

/**
 * Reads each attachment and says which ones can never count: missing, damaged, malformed, or about another digest.
 * Nothing is verified, and nothing of this can be mended without its maker.
 * @throws {AmapError} REGISTRY_…
 */
export async function examineContents(
  { storage, subject }: Patient,
  placed: readonly PlacedAttachment[],
): Promise<readonly Finding[]> {
  const examine = async ({ where, attachment }: PlacedAttachment): Promise<Finding | undefined> => {
    const fault = await faultOf(storage, subject, attachment);
    if (fault === undefined) return undefined;
    const { digest } = attachment.descriptor;
    const problem = `${attachment.kind} ${digest}: ${fault.problem}`;
    return findingOf(subject, where, fault.kind, { problem, remedy: REMEDIES[fault.kind] ?? "" });
  };
  const findings = await mapBounded(placed, WIDTH, examine);
  return findings.filter((each) => each !== undefined);
}

async function faultOf(
  storage: Patient["storage"],
  subject: Digest,
  { kind, descriptor }: Attachment,
): Promise<Fault | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await storage.readBlob(descriptor, LIMITS.attachmentBytes);
  } catch (error) {
    const fault = isAmapError(error) ? READ_FAULTS[error.code] : undefined;
    if (fault === undefined || !isAmapError(error)) throw error;
    return { kind: fault, problem: error.message };
  }
  if (kind === "bundle") return bundleFault(bytes, subject);
  if (kind === "envelope") return documentFault(decodeEnvelope(bytes), (envelope) => envelopeFault(envelope, subject));
  if (kind === "simple-signing") {
    return documentFault(decodeSimpleSigning(bytes), ({ digest }) =>
      digest === subject ? undefined : elsewhere(subject, digest),
    );
  }
  return undefined;
}

function bundleFault(bytes: Uint8Array, subject: Digest): Fault | undefined {
  return documentFault(decodeBundle(bytes), ({ content }) => {
    if (content.kind === "envelope") return envelopeFault(content.envelope, subject);
    return { kind: "content-malformed", problem: "expected a bundle of a statement, found one of a blob" };
  });
}

function envelopeFault({ payload, payloadType }: Envelope, subject: Digest): Fault | undefined {
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const found = JSON.stringify(payloadType.slice(0, 80));
    return { kind: "content-malformed", problem: `expected payloadType ${STATEMENT_PAYLOAD_TYPE}, found ${found}` };
  }
  return documentFault(decodeStatement(payload), ({ subject: subjects }) => {
    const [algorithm, hex] = [digestAlgorithm(subject), digestHex(subject)];
    const isAbout = subjects.some(({ digest }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === hex);
    if (isAbout) return undefined;
    const [first] = subjects.flatMap(({ digest }) => Object.entries(digest));
    return elsewhere(subject, first === undefined ? "nothing" : `${first[0]}:${first[1].slice(0, 128)}`);
  });
}

function elsewhere(subject: Digest, found: string): Fault {
  return { kind: "content-elsewhere", problem: `expected to speak about ${subject}, found ${found}` };
}

type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly { readonly path: string; readonly message: string }[] };

function documentFault<T>(decoded: Decoded<T>, judge: (value: T) => Fault | undefined): Fault | undefined {
  if (decoded.ok) return judge(decoded.value);
  const [issue] = decoded.issues;
  return { kind: "content-malformed", problem: `${issue?.path ?? ""} ${issue?.message ?? "malformed"}`.trim() };
}
