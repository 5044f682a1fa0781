/** What the screens must say about the demo, counted in its store. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports/index.ts";
import type { Subjects } from "./screens.ts";

/** Texts by the screen's name. */
export type Facts = Readonly<Record<string, readonly string[]>>;

/** What the demo is known by: its good image, its policy, and the denial of the affected twin. */
export async function demoSubjects(store: Store): Promise<Subjects> {
  const images = (await store.images.list({ limit: 50 })).items;
  const good = images.find(({ repository }) => repository === "registry.example/storefront");
  const denial = (await store.admissions.list({ limit: 50, search: "storefront-affected" })).items[0];
  assert.ok(good !== undefined && denial !== undefined);
  return { image: `${good.repository}@${good.digest}`, policy: "storefront-evidence", admission: denial.id };
}

const RULES = ["signed-evidence", "vex-answers", "fresh-scan", "no-open-high", "sbom-format"];
const AFFECTED = "nothing answers CVE-2021-44906 (critical) in minimist 1.2.5, VEX says affected";

/** The demo admits one Deployment, denies nine, and keeps four bad ones and the good one running. */
export async function demoFacts(store: Store): Promise<Facts> {
  const images = (await store.images.list({ limit: 50 })).items;
  const admissions = (await store.admissions.list({ limit: 50 })).items;
  assert.equal(admissions.filter(({ allowed }) => allowed).length, 1);
  assert.equal(admissions.filter(({ allowed }) => !allowed).length, 9);
  const overview = await store.overview.read(new Date().toISOString());
  const { artifacts, metadata, attestations, policies, namespaces } = overview;
  const legacy = namespaces.find(({ namespace }) => namespace === "legacy");
  assert.ok(legacy !== undefined);
  assert.deepEqual([legacy.evidence, legacy.vexAnswers, legacy.freshScan, legacy.noOpenHigh], [3, 3, 3, 2]);
  assert.deepEqual([policies.results.pass, policies.results.fail, policies.deniedLastDay], [20, 5, 9]);
  return {
    overview: [
      `${artifacts.running} of ${artifacts.images} known images are running`,
      `${metadata.withSbom} of ${metadata.images} images have a verified SBOM`,
      `${metadata.answered} of ${metadata.findings}`,
      `${attestations.signed} of ${attestations.images} images have a verified signature`,
      "20 of 25 results pass",
      "CVE-2021-44906",
      "demo/legacy",
      "demo/shop",
      "Kept: 1 of 1",
      // What the five rules say of the four bad ones that run.
      ...(["evidence", "vexAnswers", "freshScan", "noOpenHigh", "sbomFormat"] as const).map(
        (rule) => `${legacy[rule] === 4 ? "Kept" : "Broken"}: ${legacy[rule]} of 4`,
      ),
    ],
    images: images.map(({ repository }) => repository),
    "image-chain": ["ADMITTED", "1 resource runs it; no policy denies it", "v1", "From source to cluster", "Verified"],
    "image-vulnerabilities": ["CVE-2021-44906", "minimist 1.2.5", "9.8", "1.2.6", "storefront maintainers"],
    "image-vex": [
      "by storefront maintainers",
      "signed by demo",
      "minimist reads only the command line that the operator starts the service with.",
    ],
    "image-policies": RULES.map((rule) => `storefront-evidence / ${rule}`),
    "image-documents": ["CycloneDX 1.6", "this image", "Verified", "demo"],
    "image-uses": ["Deployment/storefront", "Allowed", "shop"],
    findings: ["CVE-2021-44906", "minimist 1.2.5", "Open", "Answered", "no fix known"],
    policies: ["Policies: 1 of 1", "Ready", "ImageValidatingPolicy", "20 pass", "5 fail", "5 rules"],
    policy: [...RULES, "Ready", '"apiVersion"'],
    results: ["Fail", AFFECTED, "legacy/Deployment/storefront-affected", "shop/Deployment/storefront"],
    history: ["first result: fail", "first result: pass", "legacy/Deployment/storefront-affected"],
    admissions: [...admissions.map(({ name }) => name), "Denied", "Allowed"],
    admission: ["storefront-affected", AFFECTED, "Denied", ...RULES],
    explanation: ["Made again, the decision is the same", AFFECTED, "Expression (CEL)", "What it looked at"],
    jobs: ["prune", "Done", "1 of 5"],
    audit: ["policy.ready", "ImageValidatingPolicy/storefront-evidence", "session.created"],
  };
}
