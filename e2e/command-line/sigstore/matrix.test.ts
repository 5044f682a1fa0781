/**
 * Material that cosign 3.1.3 made with real servers, keyless and with a key, in each form, on both kinds of registry:
 * amap verifies it and refuses its tampered twins; so does cosign. Prints the matrix.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { collectCandidates } from "../../../src/app/attachments/attachments.ts";
import { storefrontImage } from "../../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../../src/app/index.ts";
import { openImage } from "../../../src/app/open-image.ts";
import {
  type Candidate,
  createBundleVerifier,
  createVerifier,
  decodeBundle,
  decodeTrustRoot,
  type TrustRoot,
  type Verification,
  type VerifierOptions,
} from "../../../src/attestation/index.ts";
import { compareText, type Digest } from "../../../src/base/index.ts";
import { createLocalSigstore, jsonBytes } from "../../../src/testing/sigstore/local-sigstore.ts";
import { createWorld } from "../../../src/wiring/index.ts";
import {
  FORMS,
  type Form,
  issuerOf,
  KINDS,
  type Kind,
  PREDICATE_TYPE,
  SIGNERS,
  type Signer,
  STRANGER,
  signFile,
  signImage,
  verifyingWords,
} from "./material.ts";
import { openStage, type Stage } from "./stage.ts";
import { tamperStored } from "./tamper.ts";

const REGISTRIES = ["fallback", "referrers"] as const;
const SUBJECTS = ["index", "platform"] as const;
const root = join(import.meta.dirname, "..", "..", "..");

let stage: Stage;
let trustRoot: TrustRoot;
/** Lines of the matrix: what, then the verdicts of both and of both about the twins. */
const matrix: (readonly string[])[] = [];

before(async () => {
  stage = await openStage();
  trustRoot = readRoot(readFileSync(join(stage.folder, stage.files.trustedRoot)));
});

after(async () => {
  await stage.close();
  const header = ["subject", "kind", "form", "registry", "signer", "cosign", "amap", "cosign on twin", "amap on twins"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...matrix.map((row) => (row[column] ?? "").length)),
  );
  for (const row of [header, ...matrix.toSorted((a, b) => compareText(a.join(), b.join()))]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
});

function readRoot(bytes: Uint8Array): TrustRoot {
  const decoded = decodeTrustRoot(new Uint8Array(bytes));
  assert.ok(decoded.ok, inspect(decoded));
  return decoded.value;
}

/** Whom and what amap trusts: the signer (or a stranger), and what the form offers to prove the time. */
function trusting(form: Form, signer: Signer, stranger = false): VerifierOptions {
  const thresholds = { logs: form === "tag, token" ? 0 : 1, times: 1, certificateTimestamps: 1 };
  const { subject, name } = signer;
  if (subject !== undefined) {
    const identity = { subject: { exact: stranger ? STRANGER : subject }, issuer: { exact: issuerOf(stage, signer) } };
    return { trustRoot, thresholds, identities: [identity] };
  }
  const pem = readFileSync(join(stage.folder, stranger ? stage.files.otherPublicKey : stage.files.publicKey), "utf8");
  return { trustRoot, thresholds, keys: [{ name, pem }] };
}

/** What stands beside an image, judged. */
interface Found {
  readonly candidates: readonly Candidate[];
  readonly digest: Digest;
}

function judge({ candidates, digest }: Found, options: VerifierOptions): Verification {
  return createVerifier(options.keys ?? [], options).verify(candidates, [digest]);
}

const counted = (verification: Verification, kind: Kind): number =>
  (kind === "signature" ? verification.signatures : verification.attestations).length;

/** An image of two platforms under a name of its own: by digest the index, or its first platform. */
async function push(host: string, name: string, subject: (typeof SUBJECTS)[number]): Promise<string> {
  const world = createWorld({ offline: false, env: process.env });
  const storage = await world.openStorage(parseImageTarget(`${host}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  return `${host}/${name}@${subject === "index" ? built.index.digest : built.platforms[0]?.digest}`;
}

async function findBeside(image: string): Promise<Found> {
  const world = createWorld({ offline: false, env: process.env });
  const opened = await openImage(world, parseImageTarget(image));
  const candidates = await collectCandidates(opened);
  await world.close();
  return { candidates, digest: opened.descriptor.digest };
}

/** The twins that differ in what is asked: amap must refuse each. */
function refusesOtherQuestions(found: Found, kind: Kind, form: Form, signer: Signer): void {
  const options = trusting(form, signer);
  assert.equal(counted(judge(found, trusting(form, signer, true)), kind), 0, "another signer");
  const otherDigest: Digest = `sha256:${"ab".repeat(32)}`;
  assert.equal(counted(judge({ ...found, digest: otherDigest }, options), kind), 0, "another image");
  assert.equal(
    counted(judge(found, { ...options, trustRoot: strangersRoot() }), kind),
    0,
    "the root of another Sigstore",
  );
  assert.equal(counted(judge(found, { ...options, thresholds: { logs: 2 } }), kind), 0, "more logs than there are");
}

/** Whether cosign accepts what stands beside an image; it must never accept it as another's. */
async function cosignVerdicts(image: string, kind: Kind, form: Form, signer: Signer): Promise<"accepts" | "refuses"> {
  const verb = kind === "signature" ? ["verify"] : ["verify-attestation", "--type", PREDICATE_TYPE];
  const eve = await stage.cosign(...verb, ...verifyingWords(stage, form, signer, true), image);
  assert.notEqual(eve.status, 0);
  const asked = await stage.cosign(...verb, ...verifyingWords(stage, form, signer), image);
  return asked.status === 0 ? "accepts" : "refuses";
}

/** Who signed, and which time is proven. */
function checkEvidence(verification: Verification, kind: Kind, form: Form, signer: Signer): void {
  const [verified] = kind === "signature" ? verification.signatures : verification.attestations;
  const source = verified?.signedTime.source ?? "";
  const sources = form === "bundle, Rekor v2" || form === "tag, token" ? TIME_SOURCES.slice(0, 1) : TIME_SOURCES;
  assert.ok(sources.includes(source), source);
  if (signer.subject === undefined) return assert.equal(verified?.signer.name, signer.name);
  assert.ok(verified?.signer.kind === "certificate" && verified.signer.subject === signer.subject);
  if (signer.name === "person") return undefined;
  assert.equal(verified.signer.extensions["githubWorkflowRepository"], "acme/shop");
  assert.equal(verified.signer.extensions["sourceRepositoryURI"], "https://github.com/acme/shop");
}

const TIME_SOURCES: readonly string[] = ["timestampAuthority", "transparencyLog"];

for (const [place, registry] of REGISTRIES.entries()) {
  for (const [part, subject] of SUBJECTS.entries()) {
    describe(`${subject} on the registry with ${registry}`, { concurrency: 3 }, () => {
      for (const [index, form] of FORMS.entries()) {
        for (const kind of KINDS) {
          const signer = SIGNERS[(index + place + 2 * part) % SIGNERS.length] as Signer;
          test(`${kind}, ${form}, by a ${signer.name}`, async () => {
            const name = `${subject}-${kind}-${form.replaceAll(/[ ,]+/g, "-").toLowerCase()}`;
            const image = await push(stage.registries[registry], name, subject);
            await signImage(stage, image, kind, form, signer);
            // For this form cosign 3.1.3 has the signature stamped, and verifies the stamp against the whole envelope.
            const own = form === "tag, token" && kind === "attestation" ? "refuses" : "accepts";
            const cosign = await cosignVerdicts(image, kind, form, signer);
            const found = await findBeside(image);
            const verification = judge(found, trusting(form, signer));
            const amap = counted(verification, kind) === 1 ? "accepts" : "refuses";
            assert.deepEqual([cosign, amap], [own, own], inspect(verification.rejected));
            if (own === "accepts") checkEvidence(verification, kind, form, signer);
            refusesOtherQuestions(found, kind, form, signer);
            await tamperStored(image);
            assert.equal(await cosignVerdicts(image, kind, form, signer), "refuses");
            const changed = judge(await findBeside(image), trusting(form, signer));
            assert.equal(counted(changed, kind), 0);
            assert.equal(changed.rejected.length, 1);
            matrix.push([subject, kind, form, registry, signer.name, cosign, amap, "refuses", "refuses"]);
          });
        }
      }
    });
  }
}

describe("a file", { concurrency: 3 }, () => {
  for (const form of ["bundle, Rekor v2", "bundle, Rekor v1"] as const) {
    for (const [kind, signer] of KINDS.flatMap((each) => SIGNERS.map((by) => [each, by] as const))) {
      test(`${kind}, ${form}, by a ${signer.name}`, async () => {
        const content = `${kind}, ${form}, ${signer.name}`;
        const name = `${content.replaceAll(/[ ,]+/g, "-")}.txt`;
        stage.write(name, content);
        stage.write(`other-${name}`, "another file");
        const path = await signFile(stage, name, kind, form, signer);
        const verb = kind === "signature" ? ["verify-blob"] : ["verify-blob-attestation", "--type", PREDICATE_TYPE];
        const words = [...verb, ...verifyingWords(stage, form, signer), "--bundle", path];
        assert.equal((await stage.cosign(...words, name)).status, 0);
        assert.notEqual((await stage.cosign(...words, `other-${name}`)).status, 0);

        const decoded = decodeBundle(new Uint8Array(readFileSync(join(stage.folder, path))));
        assert.ok(decoded.ok, inspect(decoded));
        const bundle = decoded.value;
        const verify = (text: string, options: VerifierOptions) =>
          createBundleVerifier(options).verify(bundle, { kind: "bytes", bytes: new Uint8Array(Buffer.from(text)) });
        const verified = verify(content, trusting(form, signer));
        assert.equal(verified.ok, true, inspect(verified));
        assert.equal(verify("another file", trusting(form, signer)).ok, false);
        assert.equal(verify(content, trusting(form, signer, true)).ok, false);
        assert.equal(verify(content, { ...trusting(form, signer), trustRoot: strangersRoot() }).ok, false);
        matrix.push(["file", kind, form, "-", signer.name, "accepts", "accepts", "refuses", "refuses"]);
      });
    }
  }
});

function strangersRoot(): TrustRoot {
  return readRoot(jsonBytes(createLocalSigstore({ at: Date.now() }).trustedRoot()));
}
