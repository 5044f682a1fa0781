import assert from "node:assert/strict";
import { decodeManifest, type Manifest } from "../../src/artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  appendAttachmentLayer,
  attachmentsOf,
  type Candidate,
  createSignatureStatement,
  decodeBundle,
  decodeEnvelope,
  decodeSimpleSigning,
  decodeStatement,
  encodeBundle,
  encodeBundleManifest,
  encodeEnvelope,
  encodeSimpleSigning,
  encodeStatement,
  readCandidate,
  type Verification,
  verifyCandidates,
} from "../../src/attestation/index.ts";
import { type Digest, digestOf, type ErrorCode } from "../../src/base/index.ts";
import { assertSameBytes, filesOf, flipMiddle, type GoldenCase, unwrap } from "./golden-case.ts";

/** The image that the golden files sign (image-layout/index.json). */
const IMAGE: Digest = "sha256:41d6c949ad2152baad8a3bac909080dd7b0de1553d32f1e07f057f8e1ef5696f";
const OTHER: Digest = `sha256:${"0".repeat(64)}`;
const CYCLONEDX = "https://cyclonedx.org/bom";

type Read = (name: string) => Uint8Array;

/** Signatures, attestations and SBOM as cosign stored them, in both forms. */
export function storedCases(directory: string): readonly GoldenCase[] {
  const read = filesOf(directory, "golden", "cosign-3.1.3-key-signed");
  return [
    ...["sig", "att"].flatMap((kind) => verifyCases(read, `legacy.${kind}`, `legacy.${kind}.layer0`)),
    ...[0, 1].flatMap((number) => verifyCases(read, `new.${number}`, `new.${number}.bundle.json`)),
    ...["sig", "att", "sbom"].map((kind) => legacyWriteCase(read, `legacy.${kind}`)),
    ...[0, 1].map((number) => bundleWriteCase(read, `new.${number}`)),
    { name: "legacy.sig: the payload is written byte for byte", run: () => writesPayload(read) },
    { name: "legacy.att: envelope and statement are written byte for byte", run: () => writesEnvelope(read) },
    { name: "new.0: the signature's statement is made byte for byte", run: () => makesSignatureStatement(read) },
    { name: "legacy.sbom: is an SBOM and no candidate", run: () => readsSbom(read) },
    { name: "new.fallback-index: names both bundle manifests", run: () => readsFallbackIndex(read) },
  ];
}

/** Reads what stands in a manifest, verifies it, and refuses its tampered twins. */
function verifyCases(read: Read, name: string, blob: string): readonly GoldenCase[] {
  const candidate = (bytes: Uint8Array = read(blob)): Candidate => readOnly(read, `${name}.manifest.json`, bytes);
  const codeOfChange: ErrorCode = "SIGNATURE_INVALID";
  return [
    { name: `${name}: verifies`, run: () => assertVerified(verify(read, candidate()), name) },
    {
      name: `${name}: a changed byte is refused`,
      run: () => assertRefused(verify(read, candidate(changePayload(read(blob)))), codeOfChange),
    },
    {
      name: `${name}: another image is refused`,
      run: () => assertRefused(verify(read, candidate(), OTHER), "SUBJECT_MISMATCH"),
    },
    {
      name: `${name}: without a trusted key is refused`,
      run: () => {
        const result = verifyCandidates([candidate()], { keys: [], subjects: [IMAGE] });
        assertRefused(result, "SIGNER_UNKNOWN");
      },
    },
  ];
}

function verify(read: Read, candidate: Candidate, subject: Digest = IMAGE): Verification {
  const keys = [{ name: "cosign.pub", pem: Buffer.from(read("cosign.pub")).toString() }];
  return verifyCandidates([candidate], { keys, subjects: [subject] });
}

function assertVerified(result: Verification, name: string): void {
  assert.deepEqual(result.rejected, []);
  const isSignature = name === "legacy.sig" || name === "new.0";
  assert.equal(result.signatures.length, isSignature ? 1 : 0);
  assert.deepEqual(
    result.attestations.map((attestation) => attestation.predicateType),
    isSignature ? [] : [CYCLONEDX],
  );
}

function assertRefused(result: Verification, code: ErrorCode): void {
  assert.deepEqual([result.signatures.length, result.attestations.length], [0, 0]);
  assert.deepEqual(
    result.rejected.map((rejected) => rejected.code),
    [code],
  );
}

/** A byte of the signed payload changed, in the form in which it is stored. */
function changePayload(bytes: Uint8Array): Uint8Array {
  const json = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  const envelope = (json["dsseEnvelope"] ?? json) as { payload?: string };
  if (envelope.payload === undefined) return flipMiddle(bytes);
  envelope.payload = Buffer.from(flipMiddle(Buffer.from(envelope.payload, "base64"))).toString("base64");
  return Buffer.from(JSON.stringify(json));
}

function readManifest(read: Read, name: string): Manifest {
  const decoded = unwrap(decodeManifest(read(name)));
  assert.ok(decoded.kind === "manifest");
  return decoded;
}

function readOnly(read: Read, name: string, bytes: Uint8Array): Candidate {
  const manifest = readManifest(read, name);
  const attachments = attachmentsOf(manifest);
  assert.equal(attachments.length, 1);
  const [attachment] = attachments;
  assert.ok(attachment);
  const form = manifest.subject === undefined ? "tag" : "referrer";
  const candidate = readCandidate(attachment, bytes, { form, manifest: digestOf(read(name)) });
  assert.ok(candidate);
  return candidate;
}

function legacyWriteCase(read: Read, name: string): GoldenCase {
  return {
    name: `${name}: config and manifest are written byte for byte`,
    run: () => {
      const [layer] = readManifest(read, `${name}.manifest.json`).layers;
      assert.ok(layer);
      const { mediaType, annotations } = layer;
      const written = appendAttachmentLayer(undefined, {
        mediaType,
        bytes: read(`${name}.layer0`),
        ...(annotations === undefined ? {} : { annotations }),
      });
      assertSameBytes(written.config.bytes, read(`${name}.config.json`));
      assertSameBytes(written.manifest.bytes, read(`${name}.manifest.json`));
      assert.equal(written.layer.digest, layer.digest);
    },
  };
}

function bundleWriteCase(read: Read, name: string): GoldenCase {
  return {
    name: `${name}: bundle and manifest are written byte for byte`,
    run: () => {
      const bundle = unwrap(decodeBundle(read(`${name}.bundle.json`)));
      assert.ok(bundle.content.kind === "envelope" && bundle.material.kind === "publicKey");
      const { envelope } = bundle.content;
      const bytes = encodeBundle({ envelope, keyHint: bundle.material.hint ?? "" });
      assertSameBytes(bytes, read(`${name}.bundle.json`));
      assertSameBytes(encodeStatement(unwrap(decodeStatement(envelope.payload))), envelope.payload);
      const { subject, annotations } = readManifest(read, `${name}.manifest.json`);
      assert.ok(subject);
      const manifest = encodeBundleManifest({
        subject,
        bundle: { digest: digestOf(bytes), size: bytes.length },
        predicateType: annotations?.[ATTACHMENT_ANNOTATIONS.bundlePredicateType] ?? "",
        createdAt: annotations?.[ATTACHMENT_ANNOTATIONS.created] ?? "",
      });
      assertSameBytes(manifest, read(`${name}.manifest.json`));
    },
  };
}

function writesPayload(read: Read): void {
  const bytes = read("legacy.sig.layer0");
  const payload = unwrap(decodeSimpleSigning(bytes));
  assert.equal(payload.digest, IMAGE);
  assertSameBytes(encodeSimpleSigning(payload), bytes);
}

function writesEnvelope(read: Read): void {
  const bytes = read("legacy.att.layer0");
  const envelope = unwrap(decodeEnvelope(bytes));
  assertSameBytes(encodeEnvelope(envelope), bytes);
  assertSameBytes(encodeStatement(unwrap(decodeStatement(envelope.payload))), envelope.payload);
}

function makesSignatureStatement(read: Read): void {
  const bundle = unwrap(decodeBundle(read("new.0.bundle.json")));
  assert.ok(bundle.content.kind === "envelope");
  assertSameBytes(encodeStatement(createSignatureStatement(IMAGE)), bundle.content.envelope.payload);
}

function readsSbom(read: Read): void {
  const [attachment, ...others] = attachmentsOf(readManifest(read, "legacy.sbom.manifest.json"));
  assert.ok(attachment);
  assert.deepEqual([attachment.kind, others.length], ["sbom", 0]);
  const found = { form: "tag", manifest: digestOf(read("legacy.sbom.manifest.json")) } as const;
  assert.equal(readCandidate(attachment, read("legacy.sbom.layer0"), found), undefined);
}

function readsFallbackIndex(read: Read): void {
  const index = unwrap(decodeManifest(read("new.fallback-index.json")));
  assert.ok(index.kind === "index");
  assert.deepEqual(
    index.manifests.map(({ digest, size }) => [digest, size]),
    [0, 1].map((number) => {
      const bytes = read(`new.${number}.manifest.json`);
      return [digestOf(bytes), bytes.length];
    }),
  );
}
