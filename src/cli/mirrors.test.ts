/** Mirrors of containers-registries.conf: what is read from them, what is not, and what reaches them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended } from "../testing/cli-runner.ts";
import {
  type Fault,
  type RecordedRequest,
  type RegistryServer,
  startRegistryServer,
  TEST_LOGIN,
} from "../testing/registry-server.ts";
import { openScriptedServer } from "../testing/scripted-server.ts";
import { createSelfSignedCertificate } from "../testing/self-signed-certificate.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-mirrors-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const layout = `oci:${at("image")}:v1`;
let digest = "";

/** An original with a signed image, and a mirror that has the image alone, as registries' own proxies do. */
interface Scene {
  readonly original: RegistryServer;
  readonly mirror: RegistryServer;
  originalFault: ((request: RecordedRequest) => Fault | undefined) | undefined;
  mirrorFault: ((request: RecordedRequest) => Fault | undefined) | undefined;
  /** Requests since the scene was set, `METHOD path`. */
  readonly asked: (server: RegistryServer) => readonly string[];
  readonly amap: (words: readonly string[], more?: string) => Promise<Ended>;
  readonly verify: (reference?: string, more?: string) => Promise<Ended>;
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const original = await startRegistryServer({ fault: (request) => scene.originalFault?.(request) });
  const mirror = await startRegistryServer({ fault: (request) => scene.mirrorFault?.(request) });
  const starts = new Map<RegistryServer, number>();
  /** `more` are lines of the mirror's table. */
  const amap = (words: readonly string[], more = ""): Promise<Ended> => {
    const toml = `[[registry]]\nlocation = "${original.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}/cache"\n${more}\n`;
    writeFileSync(at("registries.conf"), toml);
    return runAmap([...words, "--registries-conf", at("registries.conf")]);
  };
  const scene: Scene = {
    original,
    mirror,
    originalFault: undefined,
    mirrorFault: undefined,
    asked: (server) => server.requests.slice(starts.get(server)).map(({ method, path }) => `${method} ${path}`),
    amap,
    verify: (reference = "v1", more = "") =>
      amap(["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", nameOf(reference)], more),
  };
  const nameOf = (reference: string): string =>
    `${original.host}/shop${reference.startsWith("sha256:") ? "@" : ":"}${reference}`;
  try {
    for (const words of [
      ["copy", layout, `${original.host}/shop:v1`],
      ["copy", "--platform", "linux/amd64", layout, `${mirror.host}/unused:v1`],
      ["copy", layout, `${mirror.host}/cache/shop:v1`],
    ]) {
      const ended = await runAmap(words);
      assert.equal(ended.exit, 0, ended.stderr);
    }
    const signed = await runAmap(["sign", "-r", "--key", at("good.key"), `${original.host}/shop:v1`]);
    assert.equal(signed.exit, 0, signed.stderr);
    for (const server of [original, mirror]) starts.set(server, server.requests.length);
    await run(scene);
  } finally {
    await Promise.all([original.close(), mirror.close()]);
  }
}

before(async () => {
  digest = await buildTestImage(folder);
  assert.equal((await runAmap(["generate-key-pair", "--output-key-prefix", at("good")])).exit, 0);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const isWrite = (asked: string): boolean => !/^(?:GET|HEAD) /.test(asked);

describe("reading", () => {
  test("the image comes from the mirror; its signatures, which the mirror lacks, from the original", () =>
    withScene(async ({ verify, asked, original, mirror }) => {
      const ended = await verify();
      assert.equal(ended.exit, 0, ended.stderr);
      assert.ok(asked(mirror).includes("GET /v2/cache/shop/manifests/v1"));
      assert.ok(!asked(original).includes("GET /v2/shop/manifests/v1"));
      assert.ok(asked(original).some((each) => each.includes("/referrers/")));
    }));

  test("the twin: an image that the original does not list as signed is unsigned", () =>
    withScene(async ({ verify, original }) => {
      const { manifests, tags } = original.repository("shop");
      for (const [each, { bytes }] of manifests)
        if (new TextDecoder().decode(bytes).includes('"subject"')) manifests.delete(each);
      for (const tag of tags.keys()) if (tag.startsWith("sha256-")) tags.delete(tag);
      const ended = await verify();
      assert.deepEqual([ended.exit, ended.code], [10, "NO_SIGNATURES"]);
    }));

  test("digest-only: the tag is the original's, whatever the mirror says", () =>
    withScene(async ({ verify, mirror, asked }) => {
      mirror.repository("cache/shop").tags.set("v1", "sha256:none");
      assert.equal((await verify("v1", 'pull-from-mirror = "digest-only"')).exit, 0);
      assert.ok(!asked(mirror).some((each) => each.endsWith("/manifests/v1")));
    }));

  test("by digest, what the mirror serves wrong comes from the original", () =>
    withScene(async ({ verify, mirror, original, asked }) => {
      const stored = mirror.repository("cache/shop").manifests;
      for (const [each, { mediaType }] of stored)
        stored.set(each, { bytes: new TextEncoder().encode("{}"), mediaType });
      assert.equal((await verify(digest)).exit, 0);
      assert.ok(asked(mirror).length > 0);
      assert.ok(asked(original).includes(`GET /v2/shop/manifests/${digest}`));
    }));

  for (const [name, fault] of [
    ["closes its connections", { kind: "reset" }],
    ["is broken", { kind: "answer", status: 500 }],
    [
      "wants a login that is not there",
      { kind: "answer", status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
    ],
  ] as const) {
    test(`a mirror that ${name} is passed over, and asked once`, () =>
      withScene(async (scene) => {
        scene.mirrorFault = () => fault;
        const ended = await scene.verify();
        assert.equal(ended.exit, 0, ended.stderr);
        assert.equal(new Set(scene.asked(scene.mirror)).size, 1);
      }));
  }

  test("where the original cannot be asked, a mirror without signatures makes no image unsigned", () =>
    withScene(async (scene) => {
      scene.originalFault = () => ({ kind: "answer", status: 403 });
      const ended = await scene.verify();
      assert.deepEqual([ended.exit, ended.code], [3, "REGISTRY_FORBIDDEN"]);
    }));

  test("where the original cannot be asked, a mirror with signatures is enough", () =>
    withScene(async (scene) => {
      const copied = await runAmap(["copy", `${scene.original.host}/shop:v1`, `${scene.mirror.host}/cache/shop:v1`]);
      assert.equal(copied.exit, 0, copied.stderr);
      scene.originalFault = () => ({ kind: "answer", status: 403 });
      const ended = await scene.verify();
      assert.equal(ended.exit, 0, ended.stderr);
    }));
});

describe("writing", () => {
  test("signatures and copies go to the original, and nothing is written to the mirror", () =>
    withScene(async ({ amap, original, mirror, asked }) => {
      const image = `${original.host}/shop:v1`;
      for (const words of [
        ["sign", "--key", at("good.key"), image],
        ["copy", layout, `${original.host}/other:v1`],
      ]) {
        const ended = await amap(words);
        assert.equal(ended.exit, 0, ended.stderr);
      }
      assert.deepEqual(asked(mirror).filter(isWrite), []);
      assert.ok(asked(original).some(isWrite));
      assert.ok(original.repository("other").tags.has("v1"));
    }));

  test("a tag that the mirror says wrong is not signed", () =>
    withScene(async ({ amap, original, mirror, asked }) => {
      const { manifests, tags } = mirror.repository("cache/shop");
      const other = [...manifests.keys()].find((each) => each !== digest);
      tags.set("v1", other ?? "");
      const ended = await amap(["sign", "--key", at("good.key"), `${original.host}/shop:v1`]);
      assert.deepEqual([ended.exit, ended.code], [3, "STORAGE_CONFLICT"]);
      assert.deepEqual(asked(original).filter(isWrite), []);
    }));
});

describe("configuration", () => {
  const toml = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  const VERIFY = ["verify", "--key", at("good.pub"), "--insecure-ignore-tlog"];

  test("CONTAINERS_REGISTRIES_CONF names the file, too, and the flag goes before it", () =>
    withScene(async ({ original }) => {
      const words = ["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", `${original.host}/shop:v1`];
      const blocked = toml("blocked.conf", `[[registry]]\nprefix = "${original.host}"\nblocked = true\n`);
      const ended = await runAmap(words, { CONTAINERS_REGISTRIES_CONF: blocked });
      assert.deepEqual([ended.exit, ended.code], [3, "REGISTRY_FORBIDDEN"]);
      assert.match(ended.stderr, /blocked by \[\[registry\]\] "127\.0\.0\.1:\d+" of .*blocked\.conf/);
      const empty = toml("empty.conf", "");
      const open = await runAmap([...words, "--registries-conf", empty], { CONTAINERS_REGISTRIES_CONF: blocked });
      assert.equal(open.exit, 0, open.stderr);
    }));

  test("a file that cannot be used ends the run before anything is asked", async () => {
    const ended = await runAmap([...VERIFY, "127.0.0.1:1/x", "--registries-conf", toml("bad.conf", "mirror = 1")]);
    assert.deepEqual([ended.exit, ended.code], [2, "REGISTRIES_CONF_INVALID"]);
  });

  test("C10: the login for the original is not shown to its mirror", () =>
    withScene(async (scene) => {
      const challenge = { "www-authenticate": 'Basic realm="x"' };
      scene.mirrorFault = () => ({ kind: "answer", status: 401, headers: challenge });
      scene.originalFault = ({ headers }) =>
        headers["authorization"] === undefined ? { kind: "answer", status: 401, headers: challenge } : undefined;
      const { username, password } = TEST_LOGIN;
      const login = ["--registry-username", username, "--registry-password", password];
      const words = [
        "verify",
        ...login,
        "--key",
        at("good.pub"),
        "--insecure-ignore-tlog",
        `${scene.original.host}/shop:v1`,
      ];
      const ended = await scene.amap(words);
      assert.equal(ended.exit, 0, ended.stderr);
      assert.ok(scene.mirror.requests.every(({ headers }) => headers["authorization"] === undefined));
    }));

  test("insecure: a certificate that nobody signed is accepted at this place, and at no other", () =>
    withScene(async ({ original, mirror }) => {
      const { certificatePem: cert, keyPem: key } = createSelfSignedCertificate("other.example");
      const front = await openScriptedServer(
        (request, response) => {
          fetchFrom(mirror, request.url).then(
            ({ status, headers, body }) => response.writeHead(status, headers).end(body),
            () => response.destroy(),
          );
        },
        { cert, key },
      );
      try {
        const host = new URL(front.origin).host;
        const words = ["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", `${original.host}/shop:v1`];
        for (const insecure of [true, false]) {
          const before = front.requests.length;
          const conf = toml(
            "i.conf",
            `[[registry]]\nlocation = "${original.host}"\n[[registry.mirror]]\nlocation = "${host}/cache"\ninsecure = ${insecure}\n`,
          );
          const ended = await runAmap([...words, "--registries-conf", conf]);
          assert.equal(ended.exit, 0, ended.stderr);
          assert.equal(
            front.requests.slice(before).some(({ url }) => url.pathname.endsWith("/manifests/v1")),
            insecure,
          );
        }
      } finally {
        await front.close();
      }
    }));
});

async function fetchFrom(server: RegistryServer, url: URL) {
  const answer = await fetch(`${server.origin}${url.pathname}${url.search}`);
  const headers = Object.fromEntries(answer.headers);
  return { status: answer.status, headers, body: new Uint8Array(await answer.arrayBuffer()) };
}
