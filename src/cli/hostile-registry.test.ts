/** `amap verify` on registries that lie, never end, or lead elsewhere (C1, C2, C8, C10, C11): never 0, and never "unsigned". */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended } from "../testing/cli-runner.ts";
import {
  type Fault,
  type RecordedRequest,
  type RegistryServer,
  type RegistryServerOptions,
  startRegistryServer,
  TEST_LOGIN,
} from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-hostile-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const layout = `oci:${at("image")}:v1`;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
let digest = "";

before(async () => {
  digest = await buildTestImage(folder);
  assert.equal((await runAmap(["generate-key-pair", "--output-key-prefix", at("good")])).exit, 0);
  for (const form of [[], ["--new-bundle-format=false"]]) {
    assert.equal((await runAmap(["sign", "-r", "--key", at("good.key"), ...form, layout])).exit, 0);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A registry that holds the signed image, and misbehaves only once `fault` is set. */
interface Hostile {
  readonly server: RegistryServer;
  readonly image: string;
  fault: ((request: RecordedRequest) => Fault | undefined) | undefined;
  /** Requests since the misbehaviour began. */
  readonly requests: () => readonly RecordedRequest[];
  readonly verify: (...more: readonly string[]) => Promise<Ended>;
}

async function withHostile(options: RegistryServerOptions, run: (hostile: Hostile) => Promise<void>): Promise<void> {
  let start = 0;
  const server = await startRegistryServer({ ...options, fault: (request) => hostile.fault?.(request) });
  const image = `${server.host}/shop:v1`;
  const login = ["--registry-username", TEST_LOGIN.username, "--registry-password", TEST_LOGIN.password];
  const given = options.auth === undefined ? [] : login;
  const hostile: Hostile = {
    server,
    image,
    fault: undefined,
    requests: () => server.requests.slice(start),
    verify: (...more) =>
      runAmap(["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", ...given, ...more, image]),
  };
  try {
    const copied = await runAmap(["copy", ...given, layout, image]);
    assert.equal(copied.exit, 0, copied.stderr);
    start = server.requests.length;
    await run(hostile);
  } finally {
    await server.close();
  }
}

const answer = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Fault => ({
  kind: "answer",
  status,
  headers,
  body: typeof body === "string" ? new TextEncoder().encode(body) : body,
});

function refused(ended: Ended, exit: number, code: string): void {
  assert.deepEqual([ended.exit, ended.code], [exit, code], `${ended.stderr}${ended.stdout}`);
  assert.equal(ended.stdout, "");
}

test("the twin of all below: without misbehaviour it verifies", () =>
  withHostile({}, async ({ verify }) => assert.equal((await verify()).exit, 0)));

describe("C1: another digest on the second call of a tag", () => {
  test("the tag is asked for once, and all that follows goes by digest", () =>
    withHostile({}, async (hostile) => {
      const asked = (): number => hostile.requests().filter(({ path }) => path.endsWith("/manifests/v1")).length;
      hostile.fault = ({ path }) =>
        path.endsWith("/manifests/v1") && asked() > 1 ? answer(200, "{}", { "content-type": MANIFEST }) : undefined;
      assert.equal((await hostile.verify()).exit, 0);
      assert.equal(asked(), 1);
      const named = hostile.requests().filter(({ path }) => path.includes("/manifests/") && !path.includes("sha256"));
      assert.equal(named.length, 1);
    }));

  test("another manifest under a digest is refused", () =>
    withHostile({}, async (hostile) => {
      const evil = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
      hostile.fault = ({ path }) =>
        path.includes("/manifests/sha256:") ? answer(200, evil, { "content-type": INDEX }) : undefined;
      refused(await hostile.verify(), 1, "BLOB_DIGEST_MISMATCH");
    }));
});

describe("C2: a wrong object from the registry", () => {
  test("a changed index under the tag has none of the signatures", () =>
    withHostile({}, async (hostile) => {
      const { tags, manifests } = hostile.server.repository("shop");
      const index = JSON.parse(new TextDecoder().decode(manifests.get(digest)?.bytes)) as {
        manifests: { digest: string }[];
      };
      const unsigned = new TextEncoder().encode(JSON.stringify({ ...index, annotations: { changed: "yes" } }));
      hostile.server.repository("shop").putManifest(unsigned, INDEX, "v1");
      assert.notEqual(tags.get("v1"), digest);
      refused(await hostile.verify(), 10, "NO_SIGNATURES");
    }));

  test("another image's valid signatures, listed for this one, do not count", () =>
    withHostile({}, async (hostile) => {
      const { tags, manifests } = hostile.server.repository("shop");
      const index = JSON.parse(new TextDecoder().decode(manifests.get(digest)?.bytes)) as {
        manifests: { digest: string }[];
      };
      const [platform] = index.manifests;
      const tag = (of: string): string => `${of.replace(":", "-")}.sig`;
      tags.set(tag(digest), tags.get(tag(platform?.digest ?? "")) ?? "");
      const listed = [...manifests]
        .filter(([, { bytes }]) => new TextDecoder().decode(bytes).includes(`"digest":"${platform?.digest}"`))
        .filter(([each]) => each !== digest)
        .map(([each, { bytes }]) => ({ mediaType: MANIFEST, digest: each, size: bytes.length }));
      assert.ok(listed.length > 0);
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: listed });
      hostile.fault = ({ path }) =>
        path.includes("/referrers/") ? answer(200, body, { "content-type": INDEX }) : undefined;
      refused(await hostile.verify(), 12, "SUBJECT_MISMATCH");
    }));

  test("a bundle whose bytes are another's", () =>
    withHostile({}, async (hostile) => {
      hostile.fault = ({ path }) => (path.includes("/blobs/") ? answer(200, "{}") : undefined);
      refused(await hostile.verify(), 1, "BLOB_SIZE_MISMATCH");
    }));
});

/** A listing with so many entries, each of which is nowhere. */
function listingOf(count: number): string {
  const manifests = Array.from({ length: count }, (_, index) => ({
    mediaType: MANIFEST,
    digest: `sha256:${index.toString(16).padStart(64, "0")}`,
    size: 1,
  }));
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
}

describe("C8: answers without end", () => {
  const asIndex = { "content-type": INDEX };
  const rows: readonly (readonly [string, (request: RecordedRequest) => Fault | undefined, string, ...string[]])[] = [
    [
      "pages of referrers without end",
      ({ path }) =>
        path.includes("/referrers/")
          ? answer(200, listingOf(0), { ...asIndex, link: `<${path.split("?")[0]}?n=x>; rel="next"` })
          : undefined,
      "LIMIT_EXCEEDED",
    ],
    [
      "10,000 referrers",
      ({ path }) => (path.includes("/referrers/") ? answer(200, listingOf(10_000), asIndex) : undefined),
      "LIMIT_EXCEEDED",
    ],
    [
      "more referrers than an index may have",
      ({ path }) => (path.includes("/referrers/") ? answer(200, listingOf(10_001), asIndex) : undefined),
      "LIMIT_EXCEEDED",
    ],
    [
      "a listing without end",
      ({ path }) => (path.includes("/referrers/") ? { kind: "endlessBody" } : undefined),
      "LIMIT_EXCEEDED",
    ],
    [
      "a bundle without end",
      ({ path }) => (path.includes("/blobs/") ? { kind: "endlessBody" } : undefined),
      "BLOB_SIZE_MISMATCH",
    ],
    [
      "a manifest without end",
      ({ path }) => (path.includes("/manifests/sha256") ? { kind: "endlessBody" } : undefined),
      "LIMIT_EXCEEDED",
    ],
    [
      "a bundle one byte at a time",
      ({ path }) => (path.includes("/blobs/") ? { kind: "slowBody", everyMs: 20 } : undefined),
      "TIMEOUT",
      "--timeout",
      "400ms",
    ],
    [
      "a listing one byte at a time",
      ({ path }) => (path.includes("/referrers/") ? { kind: "slowBody", everyMs: 20 } : undefined),
      "TIMEOUT",
      "--timeout",
      "400ms",
    ],
    [
      "no answer at all",
      ({ path }) => (path.includes("/referrers/") ? { kind: "hang" } : undefined),
      "TIMEOUT",
      "--timeout",
      "400ms",
    ],
    [
      "a bundle that breaks off each time",
      ({ path }) => (path.includes("/blobs/") ? { kind: "cutBody", body: new TextEncoder().encode("{") } : undefined),
      "REGISTRY_UNREACHABLE",
    ],
  ];
  for (const [name, fault, code, ...more] of rows) {
    test(name, () =>
      withHostile({}, async (hostile) => {
        hostile.fault = fault;
        const ended = await hostile.verify(...more);
        assert.equal(ended.code, code, ended.stderr);
        assert.ok(![0, 10, 12, 70].includes(ended.exit), `${ended.exit}`);
        // None of the listed manifests was fetched before the listing was refused.
        assert.ok(hostile.requests().length <= LIMITS.listingPages + 20, `${hostile.requests().length} requests`);
      }),
    );
  }

  for (const [name, body] of [
    ["longer", " ".repeat(100_000)],
    ["shorter", ""],
  ] as const) {
    test(`a bundle that is ${name} than its manifest says`, () =>
      withHostile({}, async (hostile) => {
        hostile.fault = ({ path }) => (path.includes("/blobs/") ? answer(200, body) : undefined);
        refused(await hostile.verify(), 1, "BLOB_SIZE_MISMATCH");
      }));
  }

  test("an attachment tag that names something else", () =>
    withHostile({}, async (hostile) => {
      hostile.fault = ({ path }) => (path.includes("/manifests/sha256-") ? answer(200, "{}") : undefined);
      refused(await hostile.verify(), 2, "MANIFEST_INVALID");
    }));
});

describe("C10: credentials stay with the registry", () => {
  test("another host that blobs are redirected to asks for credentials and gets none", async () => {
    const thief = await startRegistryServer({ auth: "basic" });
    try {
      await withHostile({ auth: "basic" }, async (hostile) => {
        hostile.fault = ({ path }) =>
          path.includes("/blobs/") ? answer(307, "", { location: `${thief.origin}${path}` }) : undefined;
        refused(await hostile.verify(), 3, "REGISTRY_UNAUTHORIZED");
        assert.ok(thief.requests.length > 0);
        assert.ok(thief.requests.every(({ headers }) => headers["authorization"] === undefined));
      });
    } finally {
      await thief.close();
    }
  });

  test("a token service of another host without TLS is not asked", () =>
    withHostile({ auth: "basic" }, async (hostile) => {
      const challenge = 'Bearer realm="http://thief.invalid/token",service="x"';
      hostile.fault = ({ path }) =>
        path.includes("/referrers/") ? answer(401, "", { "www-authenticate": challenge }) : undefined;
      const ended = await hostile.verify();
      assert.equal(ended.exit, 3, ended.stderr);
      assert.match(ended.stderr, /asks to send its credentials without TLS to thief\.invalid, which is refused/);
      assert.ok(!ended.stderr.includes(TEST_LOGIN.password));
    }));
});

describe("C11: redirects to where instances keep their credentials", () => {
  const METADATA = "http://169.254.169.254/latest/meta-data/";
  for (const [part, place] of [
    ["/blobs/", METADATA],
    ["/referrers/", METADATA],
    ["/manifests/sha256-", METADATA],
    ["/manifests/v1", METADATA],
    ["/blobs/", "http://[fd00:ec2::254]/latest/meta-data/"],
    ["/blobs/", "http://100.100.100.200/latest/meta-data/"],
    ["/blobs/", "http://[::ffff:169.254.169.254]/"],
    ["/blobs/", "http://0.0.0.0/"],
  ] as const) {
    test(`${part} to ${place}`, () =>
      withHostile({}, async (hostile) => {
        hostile.fault = ({ path }) => (path.includes(part) ? answer(307, "", { location: place }) : undefined);
        refused(await hostile.verify(), 3, "REGISTRY_UNREACHABLE");
      }));
  }
});
