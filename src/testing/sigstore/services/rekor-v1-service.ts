import { createHash, createPublicKey, verify } from "node:crypto";
import type { EnvelopeJson, LogEntryJson } from "../json-shapes.ts";
import { dsseMessage } from "../local-sigstore.ts";
import { dsseV1, type EntryBody, type EntryVerifier, hashedRekordV1, intotoV2 } from "../log-entries.ts";
import { leafHash } from "../merkle-tree.ts";
import { type TestLog, TREE_ID } from "../transparency-log.ts";
import { keyDetailsOf, readVerifier, verifiesDigest } from "./check-signature.ts";
import {
  at,
  bytesAt,
  jsonBody,
  RefusedRequest,
  refusal,
  type ServiceAnswer,
  type ServiceRequest,
} from "./http-service.ts";

const ENTRIES = "/api/v1/log/entries";
const TREE_HEX = BigInt(TREE_ID).toString(16).padStart(16, "0");

/** Rekor's API v1: adds and finds entries of the kinds hashedrekord 0.0.1, dsse 0.0.1 and intoto 0.0.2. */
export function serveRekorV1(log: TestLog, now: () => number): (request: ServiceRequest) => ServiceAnswer {
  const known = new Map<string, LogEntryJson>();
  return (request) => {
    const { method, url } = request;
    if (method === "GET" && url.pathname === "/api/v1/log") return { status: 200, body: describe(log) };
    if (method === "GET" && url.pathname === "/api/v1/log/publicKey") {
      return { status: 200, headers: { "content-type": "application/x-pem-file" }, body: Buffer.from(log.key.pem) };
    }
    if (method === "POST" && url.pathname === ENTRIES) return add(entryOf(jsonBody(request)));
    if (method === "POST" && url.pathname === `${ENTRIES}/retrieve`) return search(jsonBody(request));
    if (method === "GET" && url.pathname === ENTRIES) return byIndex(url.searchParams.get("logIndex"));
    if (method === "GET" && url.pathname.startsWith(`${ENTRIES}/`)) {
      return found(url.pathname.slice(ENTRIES.length + 1).slice(-64));
    }
    return refusal(404, "path not found");
  };

  function add(entry: EntryBody): ServiceAnswer {
    const uuid = leafHash(entry.body).toString("hex");
    const headers = { location: `${ENTRIES}/${TREE_HEX}${uuid}`, etag: `${TREE_HEX}${uuid}` };
    if (known.has(uuid)) {
      const message = `an equivalent entry already exists in the transparency log with UUID ${TREE_HEX}${uuid}`;
      return { ...refusal(409, message), headers };
    }
    known.set(uuid, log.add(entry, { at: now() }));
    return { status: 201, headers, body: answerOf(uuid) };
  }

  function answerOf(uuid: string): object {
    const entry = known.get(uuid);
    if (entry === undefined) throw new RefusedRequest(404, "entry not found");
    const { inclusionProof, inclusionPromise } = entry;
    const hex = (text: string): string => Buffer.from(text, "base64").toString("hex");
    return {
      [`${TREE_HEX}${uuid}`]: {
        body: entry.canonicalizedBody,
        integratedTime: Number(entry.integratedTime),
        logID: hex(entry.logId.keyId),
        logIndex: Number(entry.logIndex),
        verification: {
          inclusionProof: {
            checkpoint: inclusionProof?.checkpoint.envelope,
            hashes: inclusionProof?.hashes.map(hex),
            logIndex: Number(inclusionProof?.logIndex),
            rootHash: hex(inclusionProof?.rootHash ?? ""),
            treeSize: Number(inclusionProof?.treeSize),
          },
          signedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
        },
      },
    };
  }

  function found(uuid: string): ServiceAnswer {
    return { status: 200, body: answerOf(uuid) };
  }

  function byIndex(index: string | null): ServiceAnswer {
    const match = [...known].find(([, entry]) => entry.logIndex === index);
    return match === undefined ? refusal(404, "entry not found") : found(match[0]);
  }

  function search(body: Record<string, unknown>): ServiceAnswer {
    const wanted = body["entryUUIDs"];
    const proposed = body["entries"];
    const uuids = [
      ...(Array.isArray(wanted) ? wanted.map((uuid) => String(uuid).slice(-64)) : []),
      ...(Array.isArray(proposed)
        ? proposed.map((each) => leafHash(entryOf(each as Record<string, unknown>).body).toString("hex"))
        : []),
    ];
    return { status: 200, body: uuids.filter((uuid) => known.has(uuid)).map(answerOf) };
  }
}

function describe(log: TestLog): object {
  const { size } = log.tree;
  return {
    rootHash: log.tree.root().toString("hex"),
    signedTreeHead: size === 0 ? "" : log.proof(size - 1, size).checkpoint.envelope,
    treeID: TREE_ID,
    treeSize: size,
  };
}

/** The entry that a proposed one becomes, when its signatures hold. */
function entryOf(proposed: Record<string, unknown>): EntryBody {
  const { kind, apiVersion, spec } = proposed;
  if (kind === "hashedrekord" && apiVersion === "0.0.1") return hashedRekord(spec);
  if (kind === "dsse" && apiVersion === "0.0.1") return dsse(spec);
  if (kind === "intoto" && apiVersion === "0.0.2") return intoto(spec);
  throw new RefusedRequest(400, `this log takes no ${String(kind)} ${String(apiVersion)}`);
}

function verifierOf(pemText: Buffer): EntryVerifier {
  const { key, isCertificate, der } = readVerifier(pemText);
  return { der, isCertificate, pem: pemText.toString("utf8"), keyDetails: keyDetailsOf(key).keyDetails };
}

function hashedRekord(spec: unknown): EntryBody {
  const signature = bytesAt(spec, "signature", "content");
  const verifier = verifierOf(bytesAt(spec, "signature", "publicKey", "content"));
  const hash = at(spec, "data", "hash", "algorithm");
  const digest = Buffer.from(String(at(spec, "data", "hash", "value")), "hex");
  if (hash !== "sha256" && hash !== "sha384" && hash !== "sha512") throw new RefusedRequest(400, "unknown hash");
  if (!verifiesDigest(readVerifier(verifier.der as Buffer).key, digest, signature)) throw unverified();
  return hashedRekordV1({ hash, digest, signature, verifier });
}

function dsse(spec: unknown): EntryBody {
  const text = at(spec, "proposedContent", "envelope");
  const envelope = JSON.parse(String(text)) as EnvelopeJson;
  const verifier = verifierOf(bytesAt(spec, "proposedContent", "verifiers", 0));
  checkEnvelope(envelope, verifier);
  const entry = dsseV1(envelope, verifier);
  // The hash is of the text that was sent, whatever its spaces.
  const body = Buffer.from(entry.body).toString("utf8");
  const sent = createHash("sha256").update(String(text)).digest("hex");
  const written = createHash("sha256").update(JSON.stringify(envelope)).digest("hex");
  return { ...entry, body: Buffer.from(body.replace(written, sent)) };
}

/** Payload and signatures come in base64 twice. */
function intoto(spec: unknown): EntryBody {
  const inner = (...path: readonly (string | number)[]): string =>
    bytesAt(spec, "content", "envelope", ...path).toString();
  const envelope: EnvelopeJson = {
    payload: inner("payload"),
    payloadType: String(at(spec, "content", "envelope", "payloadType")),
    signatures: [{ sig: inner("signatures", 0, "sig") }],
  };
  const verifier = verifierOf(bytesAt(spec, "content", "envelope", "signatures", 0, "publicKey"));
  checkEnvelope(envelope, verifier);
  return intotoV2(envelope, verifier);
}

function checkEnvelope(envelope: EnvelopeJson, verifier: EntryVerifier): void {
  const { key } = readVerifier(verifier.der as Buffer);
  const message = dsseMessage(envelope.payloadType, Buffer.from(envelope.payload, "base64"));
  // Rekor v1 verifies envelopes with SHA-256, whatever the key.
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const [first] = envelope.signatures;
  const spki = createPublicKey({ key: key.export({ type: "spki", format: "der" }), format: "der", type: "spki" });
  if (first === undefined || !verify(algorithm, message, spki, Buffer.from(first.sig, "base64"))) throw unverified();
}

function unverified(): RefusedRequest {
  return new RefusedRequest(400, "verifying signature: invalid signature when validating ASN.1 encoded signature");
}
