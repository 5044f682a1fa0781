/** A store whose every text attacks the page that shows it. */
import { openJobs } from "../../src/adapters/jobs/index.ts";
import { openStore } from "../../src/adapters/store/index.ts";
import { type Digest, encodeUtf8, hashHex, type Value } from "../../src/base/index.ts";
import type { AdmissionRecord, ImageRecord, PolicyRecord, ResourceResult, Store } from "../../src/ports/index.ts";

const MARKUP = `<img src=x onerror="__hacked=1"><script>__hacked=2</script><a href="javascript:__hacked=3">`;
const LINK = "javascript:__hacked=4//";
const ATTRIBUTE = `"onmouseover="__hacked=5" autofocus onfocus='__hacked=6'`;
const CONTROLS = "\u202egnp.exe\u2066\u001b[31m\u200b\n\u2028";

/** Markup, a link, an attribute's end, and characters that turn, hide or break the text: fits a name of the store. */
export const HOSTILE = `${LINK}${MARKUP}${ATTRIBUTE}${CONTROLS}`;
/** How the page must write the control characters of {@link HOSTILE}. */
export const SHOWN_CONTROLS = "\\u{202e}gnp.exe\\u{2066}\\u{1b}[31m\\u{200b}\\u{a}\\u{2028}";
/** A start of {@link HOSTILE} that must be found as it is, as text. */
export const SHOWN_MARKUP = `${LINK}${MARKUP}`;
/** Half of a pair, which no URL can hold, and NUL, which no file's path can. */
export const LONE = "lone\ud800surrogate\u0000";
export const SHOWN_LONE = "lone\\u{d800}surrogate\\u{0}";
/** A text far longer than any screen. */
export const LONG = `${"very-long-".repeat(10_000)}${MARKUP}`;
/** An integer that a JavaScript number cannot hold. */
export const BIG = 9_007_199_254_740_993n;

/** The server prunes what is old. */
const NOW_MS = Date.now();
const at = (minutes: number): string => new Date(NOW_MS + (minutes - 60) * 60_000).toISOString();
const digestOf = (name: string): Digest => `sha256:${hashHex("sha256", encodeUtf8(name))}` as Digest;

/** `REPOSITORY@DIGEST` of the image with everything. */
export const HOSTILE_IMAGE = `${HOSTILE}@${digestOf(HOSTILE)}`;
/** The id of the admission with everything. */
export const HOSTILE_ADMISSION = "hostile";

/** Fills a new store. */
export async function fillHostileStore(address: string): Promise<void> {
  const store = await openStore(address);
  try {
    const image = hostileImage(HOSTILE);
    await store.images.record(image);
    await store.images.record(hostileImage(LONE));
    await store.policies.record(hostilePolicy(HOSTILE));
    await store.policies.record(hostilePolicy(LONE));
    await store.results.record(hostileResult(HOSTILE, image));
    await store.results.record(hostileResult(LONE, image));
    await store.results.record(hostileResult(LONG.slice(0, 250), image));
    await store.admissions.record(hostileAdmission(HOSTILE_ADMISSION, HOSTILE));
    await store.admissions.record(hostileAdmission(HOSTILE, LONE));
    await store.admissions.record(hostileAdmission(LONE, HOSTILE));
    await fillAudit(store);
  } finally {
    await store.close();
  }
  const jobs = await openJobs(address);
  await jobs.add({ kind: "hostile", key: HOSTILE, payload: { text: HOSTILE } });
  await jobs.close();
}

/** A document with keys that must not reach a prototype, numbers that no double holds, and much text. */
function hostileValue(): Value {
  return {
    toString: { polluted: HOSTILE },
    constructor: { prototype: HOSTILE },
    [HOSTILE]: HOSTILE,
    big: BIG,
    lone: LONE,
    long: LONG,
    statements: [{ vulnerability: { name: HOSTILE }, status: HOSTILE, impact_statement: HOSTILE }],
  };
}

function hostileImage(text: string): ImageRecord {
  const kinds = ["signature", "sbom", "scan", "vex", "provenance", "attestation"] as const;
  const statement = {
    status: text,
    justification: text,
    impactStatement: LONG,
    actionStatement: text,
    timestamp: at(1),
    author: text,
    documentId: text,
    signer: text,
  };
  return {
    repository: text,
    digest: digestOf(text),
    observedAt: at(2),
    tags: [text, LONG.slice(0, 2_000)],
    platforms: [digestOf("platform"), digestOf("other platform")],
    documents: kinds.map((kind, index) => ({
      id: `${text}/${index}`,
      kind,
      status: (["verified", "rejected", "unreadable"] as const)[index % 3] ?? "verified",
      code: text,
      message: LONG,
      predicateType: text,
      signer: text,
      keyId: text,
      timeSource: text,
      statedAt: at(1),
      form: text,
      subject: digestOf("platform"),
      summary: text,
      predicate: hostileValue(),
    })),
    findings: (["critical", "high", "unknown"] as const).map((severity, index) => ({
      vulnerability: `${text} ${index}`,
      aliases: [text],
      purl: `pkg:npm/${text}@${index}`,
      component: text,
      version: text,
      severity,
      fixedVersions: [text],
      ...(index === 0 ? {} : { statement }),
      answered: index === 2,
      unmatched: 1,
    })),
  };
}

function hostilePolicy(name: string): PolicyRecord {
  return {
    name,
    kind: name,
    source: name,
    digest: digestOf(name),
    text: JSON.stringify({ apiVersion: HOSTILE, metadata: { name }, spec: { message: LONG } }),
    state: "refused",
    issues: [{ code: "POLICY_INVALID", path: HOSTILE, message: HOSTILE }],
    rules: [HOSTILE, LONE],
    validationActions: [HOSTILE],
    failurePolicy: HOSTILE,
    admission: true,
    background: true,
    recordedAt: at(3),
  };
}

type Decision = AdmissionRecord["decision"];

function hostileDecision(resource: string): Decision {
  const evidence = { kind: "attestation", predicateType: HOSTILE, signer: HOSTILE } as const;
  return {
    resource,
    allowed: false,
    images: [
      {
        image: HOSTILE,
        digest: digestOf(HOSTILE),
        platforms: 2,
        evidence: [{ ...evidence, timeSource: HOSTILE, statedAt: at(1), form: HOSTILE, manifest: HOSTILE }],
        rejected: [{ kind: HOSTILE, code: HOSTILE, message: HOSTILE, manifest: HOSTILE, predicateType: HOSTILE }],
        findings: { [HOSTILE]: 3, critical: 1 },
        answers: { [HOSTILE]: 1 },
      },
    ],
    rules: [
      { policy: HOSTILE, rule: HOSTILE, status: "fail", code: HOSTILE, message: LONG },
      { policy: HOSTILE, rule: LONE, status: "error", code: HOSTILE, message: HOSTILE },
    ],
  } as unknown as Decision;
}

function hostileResult(name: string, image: ImageRecord): ResourceResult {
  return {
    resource: { cluster: name, apiVersion: "v1", kind: name, namespace: name, name },
    checkedAt: at(4),
    process: "background",
    decision: hostileDecision(name),
    images: [{ image: name, repository: image.repository, digest: image.digest, unpinned: true }],
  };
}

function hostileAdmission(id: string, name: string): AdmissionRecord {
  return {
    id,
    at: at(5),
    cluster: name,
    operation: "CREATE",
    kind: name,
    namespace: name,
    name,
    user: name,
    allowed: false,
    dryRun: true,
    durationMs: 12.5,
    message: name === LONE ? LONG : HOSTILE,
    replayable: false,
    notReplayable: HOSTILE,
    policies: [{ name, digest: digestOf(name) }],
    decision: hostileDecision(name),
    inputs: { input: { object: hostileValue() }, facts: {}, now: NOW_MS, seed: "seed" },
  };
}

async function fillAudit(store: Store): Promise<void> {
  for (const text of [HOSTILE, LONE, LONG.slice(0, 400)]) {
    await store.audit.append({
      at: at(6),
      actor: text,
      action: text,
      target: text,
      details: { text, [HOSTILE]: LONG },
    });
  }
}
