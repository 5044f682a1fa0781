import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ROUTES, type RouteKey } from "../api/index.ts";
import { digestOf, encodeUtf8 } from "../base/index.ts";
import { openServerFixture, type ServerFixture } from "../testing/server-fixture.ts";

const DIGEST = digestOf(encodeUtf8("image"));
const REPOSITORY = "registry.example:5000/shop/front";
const IMAGE = encodeURIComponent(`${REPOSITORY}@${DIGEST}`);
const AT = "2026-11-22T11:00:00Z";
/** What a document could hold to break out of a page, a header or an event. */
const HOSTILE = `</script><img src=x onerror=alert(1)>"'\r\n\u2028\u0000 data: {}\n\n\u202E`;
const DECISION = { resource: "Pod/default/front", allowed: false, images: [], rules: [] };

let fixture: ServerFixture;
let cookie = "";

before(async () => {
  fixture = await openServerFixture({
    chainOf: async ({ digest }) => ({
      nodes: [{ id: "image", kind: "image", label: digest, status: "verified", details: [] }],
      edges: [],
    }),
    explain: async (id) => ({ id, outcome: "same", message: "as it was", rules: [], facts: [] }),
  });
  await fill(fixture);
  cookie = await fixture.signIn();
});
after(() => fixture.close());

async function fill({ store, jobs }: ServerFixture): Promise<void> {
  await jobs.add({ kind: "prune", key: "2026-11-22T12:00:00Z", payload: {} });
  const image = { repository: REPOSITORY, digest: DIGEST };
  await store.images.record({
    ...image,
    observedAt: AT,
    tags: ["v1"],
    platforms: [DIGEST],
    documents: [
      {
        id: "m/b",
        kind: "sbom",
        status: "verified",
        form: "bundle",
        predicateType: "https://cyclonedx.org/bom",
        summary: HOSTILE,
        predicate: { big: 9_007_199_254_740_993n, text: HOSTILE, toString: "own" },
      },
    ],
    findings: [
      {
        vulnerability: "CVE-2026-0001",
        aliases: [],
        purl: "pkg:npm/a@1",
        component: HOSTILE,
        version: "1",
        severity: "high",
        fixedVersions: ["2"],
        answered: false,
        unmatched: 0,
      },
    ],
  });
  await store.policies.record({
    name: "signed",
    kind: "ImageValidatingPolicy",
    source: "cluster",
    digest: DIGEST,
    text: "{}",
    state: "ready",
    issues: [],
    rules: ["signed-1"],
    validationActions: ["Deny"],
    failurePolicy: "Fail",
    admission: true,
    background: true,
    recordedAt: AT,
  });
  await store.results.record({
    resource: { cluster: "local", apiVersion: "v1", kind: "Pod", namespace: "default", name: "front" },
    checkedAt: AT,
    process: "background",
    decision: { ...DECISION, rules: [{ policy: "signed", rule: "signed-1", status: "fail", message: HOSTILE }] },
    images: [{ image: `${REPOSITORY}:v1`, repository: REPOSITORY, digest: DIGEST, unpinned: true }],
  });
  for (const id of ["a1", "a2", "a3"]) {
    await store.admissions.record({
      id,
      at: AT,
      cluster: "local",
      operation: "CREATE",
      kind: "Pod",
      namespace: "default",
      name: "front",
      user: "somebody",
      allowed: id !== "a1",
      dryRun: false,
      durationMs: 12.5,
      replayable: true,
      message: HOSTILE,
      policies: [{ name: "signed", digest: DIGEST }],
      decision: DECISION,
      inputs: { input: { object: { kind: "Pod" }, userInfo: {} }, facts: { secret: 1 }, now: 1, seed: "s" },
    });
  }
}

/** Every route with what its answer must hold here. DELETE comes last: it ends the session. */
const CASES: Readonly<Record<RouteKey, readonly [path: string, expected: RegExp, body?: string]>> = {
  "GET /api/v1/about": ["about", /^\{"version":"0\.0\.0-test","store":\{"kind":"sqlite"/],
  "GET /api/v1/session": ["session", /^\{"role":"admin","expiresAt":"2026-11-23T00:00:00Z"\}$/],
  "GET /api/v1/overview": ["overview", /"artifacts":\{"images":1,"running":1,"unpinned":1/],
  "GET /api/v1/images": [
    `images?search=SHOP&running=true&verdict=denied&limit=500`,
    /"items":\[\{"repository":"registry/,
  ],
  "GET /api/v1/images/:image": [`images/${IMAGE}`, /"chain":\{"nodes":\[\{"id":"image"/],
  "GET /api/v1/images/:image/document": [`images/${IMAGE}/document?id=m%2Fb`, /"predicate":\{"big":9007199254740993,/],
  "GET /api/v1/findings": [`findings?image=${IMAGE}&state=open&fixable=true&severity=high`, /"CVE-2026-0001"/],
  "GET /api/v1/policies": ["policies", /"results":\{"pass":0,"warn":0,"fail":1/],
  "GET /api/v1/policies/:name": ["policies/signed", /"text":"\{\}"/],
  "GET /api/v1/results": [`results?status=fail&namespace=default&image=${IMAGE}`, /"policy":"signed"/],
  "GET /api/v1/results/history": ["results/history?kind=Pod", /"to":"fail"/],
  "GET /api/v1/admissions": ["admissions?allowed=false&user=somebody", /^\{"items":\[\{"id":"a1"/],
  "GET /api/v1/admissions/:id": ["admissions/a1", /"object":\{"kind":"Pod"\}/],
  "GET /api/v1/admissions/:id/explanation": ["admissions/a1/explanation", /"outcome":"same"/],
  "GET /api/v1/jobs": ["jobs?kind=prune&state=waiting", /"key":"2026-11-22T12:00:00Z","state":"waiting"/],
  "POST /api/v1/jobs/:id/retry": ["jobs/none/retry", /"code":"NOT_FOUND"/],
  "GET /api/v1/audit": ["audit", /"action":"session.created"/],
  "GET /api/v1/audit/verification": ["audit/verification", /^\{"entries":\d+\}$/],
  "POST /api/v1/session": ["session", /"code":"LOGIN_REFUSED"/, '{"token":"x"}'],
  "DELETE /api/v1/session": ["session", /^$/],
};

/** Statuses of those that do not answer 200 here. */
const OTHER_STATUSES: Readonly<Partial<Record<RouteKey, number>>> = {
  "POST /api/v1/session": 401,
  "DELETE /api/v1/session": 204,
  "POST /api/v1/jobs/:id/retry": 404,
};

describe("every route answers as the contract says", () => {
  for (const key of Object.keys(ROUTES) as RouteKey[]) {
    const [path, expected, body] = CASES[key];
    const method = key.split(" ")[0] ?? "";
    test(key, async () => {
      const session = method === "DELETE" ? await fixture.signIn() : cookie;
      const ask = { method, path: `/api/v1/${path}`, cookie: session };
      const answer = await fixture.ask(body === undefined ? ask : { ...ask, body });
      assert.match(answer.text, expected);
      assert.equal(answer.headers["cache-control"], "no-store");
      const response = (ROUTES[key] as { readonly response?: { parse(value: unknown): unknown } }).response;
      if (answer.status === 200) assert.deepEqual(response?.parse(answer.json), answer.json);
      else assert.equal(answer.status, OTHER_STATUSES[key]);
    });
  }
});

test("hostile text comes back as JSON text, whole", async () => {
  for (const path of [`images/${IMAGE}/document?id=m%2Fb`, `findings`, "admissions/a1", "results"]) {
    const answer = await fixture.ask({ path: `/api/v1/${path}`, cookie });
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.ok(answer.text.includes(JSON.stringify(HOSTILE).slice(1, -1)), path);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
  }
});

test("what a decision was made from does not leave, beside the object", async () => {
  const { text, json } = await fixture.ask({ path: "/api/v1/admissions/a1", cookie });
  assert.doesNotMatch(text, /"secret"|"seed"|"userInfo"/);
  assert.equal(json["inputs"], undefined);
});

test("lists are walked by cursor to their end, each item once", async () => {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { json } = await fixture.ask({ path: `/api/v1/admissions?limit=2${more}`, cookie });
    ids.push(...(json["items"] as { id: string }[]).map(({ id }) => id));
    cursor = json["next"] as string | undefined;
  } while (cursor !== undefined);
  assert.equal(ids.length, 3);
  assert.deepEqual(new Set(ids), new Set(["a1", "a2", "a3"]));
});

const ABSENT = [
  [`images/${encodeURIComponent(`other@${DIGEST}`)}`, 404, "NOT_FOUND"],
  [`images/${IMAGE}/document?id=none`, 404, "NOT_FOUND"],
  ["policies/__proto__", 404, "NOT_FOUND"],
  ["admissions/constructor", 404, "NOT_FOUND"],
  ["images/no-digest", 400, "REQUEST_INVALID"],
  ["images/@sha256:00", 400, "REQUEST_INVALID"],
] as const;
for (const [path, status, code] of ABSENT) {
  test(`${path} is ${code}`, async () => {
    const answer = await fixture.ask({ path: `/api/v1/${path}`, cookie });
    assert.deepEqual([answer.status, answer.json["code"]], [status, code]);
  });
}

test("an empty store answers every list", async () => {
  const empty = await openServerFixture();
  try {
    const session = await empty.signIn();
    for (const path of ["images", "findings", "policies", "results", "results/history", "admissions"]) {
      const answer = await empty.ask({ path: `/api/v1/${path}`, cookie: session });
      assert.deepEqual([answer.status, answer.json], [200, { items: [] }], path);
    }
    assert.equal((await empty.ask({ path: "/api/v1/overview", cookie: session })).status, 200);
  } finally {
    await empty.close();
  }
});
