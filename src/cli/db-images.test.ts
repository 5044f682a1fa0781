/** `amap db push`, `pull` and `update` of a registry: C1, C2, C8, C9, C10, and what an offered database may not do. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { digestOf, encodeUtf8 } from "../base/index.ts";
import { ADVISORY } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import {
  type Fault,
  type RecordedRequest,
  type RegistryServer,
  startRegistryServer,
  TEST_LOGIN,
} from "../testing/registry-server.ts";
import { openScriptedServer } from "../testing/scripted-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-db-images-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const TYPE = "application/vnd.amap.advisory-database.v1";
const LAYER = `${TYPE}.sqlite+zstd`;
let server: RegistryServer;
let fault: ((request: RecordedRequest) => Fault | undefined) | undefined;
let count = 0;

const databaseOf = (name: string): readonly string[] => ["--database", at(`${name}.db`)];
const recordOf = (index: number, more: object = {}): object => ({ ...ADVISORY, id: `TEST-${index}`, ...more });
const fresh = (): string => `fresh-${count++}`;
const image = (name: string): string => `${server.host}/team/${name}:v1`;
const trust = (key = "good"): readonly string[] => ["--key", at(`${key}.pub`), "--insecure-ignore-tlog"];
const pull = (name: string, ...more: readonly string[]): readonly string[] => [
  "db",
  "pull",
  ...trust(),
  image(name),
  ...more,
];
const push = (name: string, from: string, ...more: readonly string[]): Promise<Ended> =>
  ok("db", "push", "--key", at("good.key"), ...databaseOf(from), ...more, image(name));

before(async () => {
  server = await startRegistryServer({ fault: (request) => fault?.(request) });
  for (const key of ["good", "other"]) await ok("generate-key-pair", "--output-key-prefix", at(key));
  const newer = { modified: "2026-02-02T00:00:00Z" };
  writeTree(at(), {
    "old/npm/all.json": [recordOf(1)],
    "new/npm/all.json": [recordOf(1, newer), recordOf(2)],
    "large/npm/all.json": Array.from({ length: 400 }, (_, index) => recordOf(index)),
    "go/go.json": [recordOf(9, { affected: [{ package: { ecosystem: "Go", name: "x" }, versions: ["1"] }] })],
    "app/package-lock.json": {
      name: "shop",
      lockfileVersion: 3,
      packages: { "node_modules/made-up-left": { version: "1.0.0" } },
    },
  });
  for (const name of ["old", "new", "large"]) {
    await ok("db", "import", ...databaseOf(name), at(name), "--complete", "npm");
    // Imported in the order of their names' meaning, a day apart.
    const day = { old: "2026-03-01", new: "2026-03-02", large: "2026-03-02" }[name];
    const ms = Date.parse(`${day}T00:00:00Z`);
    sql(
      `${name}.db`,
      `UPDATE complete_ecosystem SET imported_at = ${ms}; UPDATE ecosystem_source SET imported_at = ${ms};
      UPDATE state SET value = '${day}T00:00:00Z' WHERE key = 'importedAt'`,
    );
    await push(name, name);
  }
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function sql(name: string, text: string): void {
  const database = new DatabaseSync(at(name));
  database.exec(text);
  database.close();
}

/** Puts an artifact into the registry that `db push` would not make. */
function offer(
  name: string,
  { type = TYPE, mediaType = LAYER, layers }: { type?: string; mediaType?: string; layers: readonly Uint8Array[] },
  size?: number,
): void {
  const repository = server.repository(`team/${name}`);
  const config = encodeUtf8("{}");
  for (const blob of [config, ...layers]) repository.blobs.set(digestOf(blob), blob);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: type,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(config), size: 2 },
    layers: layers.map((blob) => ({ mediaType, digest: digestOf(blob), size: size ?? blob.length })),
  };
  repository.putManifest(encodeUtf8(JSON.stringify(manifest)), MANIFEST, "v1");
}

async function exported(change = ""): Promise<Uint8Array> {
  const name = `${fresh()}.exported`;
  await ok("db", "export", ...databaseOf("new"), "--file", at(name));
  if (change !== "") sql(name, change);
  return new Uint8Array(zstdCompressSync(readFileSync(at(name))));
}

test("a pushed database is pulled, scanned with, and told of with its age", async () => {
  const own = fresh();
  await ok(...pull("new"), ...databaseOf(own));
  const scanned = await ok("scan", ...databaseOf(own), `dir:${at("app")}`, "-o", "json");
  assert.equal(JSON.parse(scanned.stdout).findings.length, 2);
  const status = JSON.parse((await ok("db", "status", ...databaseOf(own), "-o", "json")).stdout);
  assert.equal(status.origin.replace(/@sha256:.*/, ""), image("new"));
  assert.equal(status.ages.npm.importedAt, "2026-03-02T00:00:00Z");
  assert.deepEqual(status.complete, ["npm"]);
  assert.match((await ok("db", "status", ...databaseOf(own))).stdout, /pulled from .*team\/new:v1@sha256/);
  assert.match((await ok(...pull("new"), ...databaseOf(own))).stderr, /Nothing newer/);
  assert.match((await ok("db", "update", ...trust(), ...databaseOf(own))).stderr, /Nothing newer/);
  await refused(1, "SIGNER_UNKNOWN", "db", "update", ...trust("other"), ...databaseOf(own));
  await push("new", "large");
  assert.match((await ok("db", "update", ...trust(), ...databaseOf(own))).stderr, /Pulled /);
  await push("new", "new");
  assert.deepEqual(
    readdirSync(folder).filter((name) => /push|offered|^\./.test(name)),
    [],
  );
});

test("the manifest tells age, ecosystems and counts; the same database gives the same bytes", async () => {
  const read = () => {
    const { tags, manifests } = server.repository("team/new");
    return JSON.parse(new TextDecoder().decode(manifests.get(tags.get("v1") ?? "")?.bytes));
  };
  const manifest = read();
  assert.equal(manifest.artifactType, TYPE);
  const { "amap.dev/database-version": version, ...annotations } = manifest.annotations;
  assert.match(version, /^sha256:/);
  assert.deepEqual(annotations, {
    "amap.dev/database-advisories": "2",
    "amap.dev/database-ecosystems": "npm",
    "amap.dev/database-updated-at": "2026-03-02T00:00:00Z",
    "org.opencontainers.image.created": "2026-03-02T00:00:00Z",
  });
  await push("new", "new");
  assert.deepEqual(read(), manifest);
});

describe("whose database is taken", () => {
  test("no signer is named", async () => {
    await refused(2, "USAGE", "db", "pull", image("new"), ...databaseOf(fresh()));
  });
  test("another signer", async () => {
    await refused(1, "SIGNER_UNKNOWN", "db", "pull", ...trust("other"), image("new"), ...databaseOf(fresh()));
  });
  test("nobody signed it", async () => {
    await ok("db", "push", "--unsigned", ...databaseOf("new"), image("unsigned"));
    const own = fresh();
    await refused(1, "NO_SIGNATURES", ...pull("unsigned"), ...databaseOf(own));
    assert.equal((await ok("db", "status", ...databaseOf(own))).stdout.includes("npm"), false);
    const taken = await ok("db", "pull", "--insecure-allow-unsigned", image("unsigned"), ...databaseOf(own));
    assert.match(taken.stderr, /warning: no signature is asked for/);
    // Who names a signer wants to have it asked for.
    await refused(
      2,
      "USAGE",
      "db",
      "pull",
      "--insecure-allow-unsigned",
      ...trust("other"),
      image("unsigned"),
      ...databaseOf(fresh()),
    );
    // Signed afterwards, by whatever signs images.
    await ok("sign", "--key", at("good.key"), image("unsigned"));
    await ok(...pull("unsigned"), ...databaseOf(fresh()));
  });
  test("a key is needed to push, and a tag", async () => {
    await refused(2, "USAGE", "db", "push", ...databaseOf("new"), image("nokey"));
    const digest = `${server.host}/a@${digestOf(encodeUtf8(""))}`;
    await refused(2, "REFERENCE_INVALID", "db", "push", "--unsigned", ...databaseOf("new"), digest);
  });

  test("C2: the signature of another database", async () => {
    await ok("db", "push", "--unsigned", ...databaseOf("large"), image("swapped"));
    const [from, to] = [server.repository("team/new"), server.repository("team/swapped")];
    const [signed, target] = [from.tags.get("v1") ?? "", to.tags.get("v1") ?? ""];
    for (const [digest, blob] of from.blobs) to.blobs.set(digest, blob);
    for (const { bytes } of from.manifests.values()) {
      const text = new TextDecoder().decode(bytes);
      if (!text.includes(`"digest":"${signed}"`)) continue;
      to.putManifest(encodeUtf8(text.replaceAll(signed, target)), MANIFEST);
    }
    const ended = await runAmap([...pull("swapped"), ...databaseOf(fresh())]);
    assert.equal(ended.exit, 1, ended.stderr);
    assert.match(ended.code ?? "", /SUBJECT_MISMATCH|NO_SIGNATURES|BLOB_SIZE_MISMATCH/);
  });
});

describe("C1: what the tag names while it is pulled", () => {
  test("the tag is asked for once, and what it named then is taken", async () => {
    const first = server.repository("team/new").tags.get("v1");
    let asked = 0;
    fault = ({ path }) => {
      if (!path.endsWith("/new/manifests/v1")) return undefined;
      asked += 1;
      return asked > 1 ? { kind: "answer", status: 200, body: encodeUtf8("{}") } : undefined;
    };
    const own = fresh();
    try {
      await ok(...pull("new"), ...databaseOf(own));
    } finally {
      fault = undefined;
    }
    assert.equal(asked, 1);
    assert.ok(JSON.parse((await ok("db", "status", ...databaseOf(own), "-o", "json")).stdout).origin.endsWith(first));
  });

  test("another artifact's bytes under the digest are refused", async () => {
    const other = server.repository("team/old");
    const evil = other.manifests.get(other.tags.get("v1") ?? "")?.bytes ?? new Uint8Array();
    fault = ({ path }) =>
      path.includes("/new/manifests/sha256:")
        ? { kind: "answer", status: 200, headers: { "content-type": MANIFEST }, body: evil }
        : undefined;
    try {
      await refused(1, "BLOB_DIGEST_MISMATCH", ...pull("new"), ...databaseOf(fresh()));
    } finally {
      fault = undefined;
    }
  });
});

describe("C2, C8, C9: a database that is offered and is none, or too much", () => {
  const rows: readonly (readonly [string, () => Promise<Parameters<typeof offer>[1]>, string, RegExp, number?])[] = [
    [
      "another artifact type",
      async () => ({ type: "application/vnd.example", layers: [await exported()] }),
      "MANIFEST_INVALID",
      /artifact type/,
    ],
    [
      "another media type",
      async () => ({ mediaType: "text/plain", layers: [await exported()] }),
      "MANIFEST_INVALID",
      /media type/,
    ],
    ["no layer", async () => ({ layers: [] }), "MANIFEST_INVALID", /0 layers/],
    ["two layers", async () => ({ layers: [await exported(), encodeUtf8("x")] }), "MANIFEST_INVALID", /2 layers/],
    [
      "no database",
      async () => ({ layers: [new Uint8Array(zstdCompressSync("x".repeat(9_999)))] }),
      "DATABASE_INVALID",
      /not a database/,
    ],
    [
      "a newer schema",
      async () => ({ layers: [await exported("PRAGMA user_version = 77")] }),
      "DATABASE_INVALID",
      /version 77/,
    ],
    [
      "a trigger",
      async () => ({ layers: [await exported("CREATE TRIGGER t AFTER INSERT ON kev BEGIN SELECT 1; END")] }),
      "DATABASE_INVALID",
      /trigger t/,
    ],
    [
      "nothing in it",
      async () => ({ layers: [await exported("DELETE FROM advisory_ecosystem")] }),
      "DATABASE_INVALID",
      /no advisories/,
    ],
    [
      "a time to come",
      async () => ({ layers: [await exported("UPDATE complete_ecosystem SET imported_at = 9999999999999")] }),
      "EVIDENCE_FROM_THE_FUTURE",
      /2286-/,
    ],
    [
      "C9: a bomb",
      async () => ({ layers: [new Uint8Array(zstdCompressSync(new Uint8Array(80 * 1024 * 1024)))] }),
      "DECOMPRESSION_LIMIT",
      /200 times/,
    ],
    [
      "C8: a layer that is said to be larger than any",
      async () => ({ layers: [await exported()] }),
      "LIMIT_EXCEEDED",
      /compressed/,
      2 ** 40,
    ],
  ];
  for (const [name, make, code, message, size] of rows) {
    test(name, async () => {
      const [offered, own] = [fresh(), fresh()];
      offer(offered, await make(), size);
      const ended = await runAmap(["db", "pull", "--insecure-allow-unsigned", image(offered), ...databaseOf(own)]);
      assert.equal(ended.code, code, ended.stderr);
      assert.ok([1, 2].includes(ended.exit), `${ended.exit}`);
      assert.match(ended.stderr, message);
      assert.deepEqual(JSON.parse((await ok("db", "status", ...databaseOf(own), "-o", "json")).stdout).ecosystems, {});
    });
  }

  test("one byte of the layer is flipped", async () => {
    const name = fresh();
    await push(name, "new");
    const { blobs } = server.repository(`team/${name}`);
    const [digest, bytes] = [...blobs].sort((a, b) => b[1].length - a[1].length)[0] ?? ["", new Uint8Array()];
    const flipped = bytes.slice();
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    blobs.set(digest, flipped);
    const ended = await runAmap([...pull(name), ...databaseOf(fresh())]);
    assert.equal(ended.exit === 0, false);
    assert.match(ended.code ?? "", /BLOB_DIGEST_MISMATCH|ARCHIVE_INVALID/);
  });

  test("C8: a layer without end", async () => {
    fault = ({ path }) => (path.includes("/new/blobs/") ? { kind: "endlessBody" } : undefined);
    try {
      const ended = await runAmap([...pull("new"), ...databaseOf(fresh())]);
      assert.match(ended.code ?? "", /BLOB_SIZE_MISMATCH|LIMIT_EXCEEDED/, ended.stderr);
    } finally {
      fault = undefined;
    }
  });
});

describe("what a pull may take away", () => {
  test("C2: an older one is refused, though it is signed, unless that is meant", async () => {
    const own = fresh();
    await ok(...pull("new"), ...databaseOf(own));
    const ended = await refused(1, "EVIDENCE_ROLLED_BACK", ...pull("old"), ...databaseOf(own));
    assert.match(ended.stderr, /npm was imported 2026-03-01T00:00:00Z, here 2026-03-02T00:00:00Z/);
    await ok(...pull("old", "--allow-older"), ...databaseOf(own));
  });

  test("one that shrinks is refused with its counts", async () => {
    const own = fresh();
    await ok(...pull("large"), ...databaseOf(own));
    const ended = await refused(2, "DOCUMENT_INVALID", ...pull("new"), ...databaseOf(own));
    assert.match(ended.stderr, /398 of 400 for npm/);
    await ok(...pull("new", "--allow-shrinking"), ...databaseOf(own));
  });

  test("what was imported here is not lost in silence, and both are not updated together", async () => {
    const own = fresh();
    await ok("db", "import", ...databaseOf(own), at("go"));
    const ended = await refused(2, "USAGE", ...pull("new"), ...databaseOf(own));
    assert.match(ended.stderr, /would be lost: .*go/);
    await refused(1, "EVIDENCE_ROLLED_BACK", ...pull("new", "--replace-imports"), ...databaseOf(own));
    await ok(...pull("new", "--replace-imports", "--allow-older"), ...databaseOf(own));
    await ok("db", "import", ...databaseOf(own), at("go"));
    await refused(2, "NOT_SUPPORTED", "db", "update", ...trust(), ...databaseOf(own));
  });
});

test("C10: a login is not shown to where blobs are redirected to", async () => {
  const origin = await startRegistryServer({ auth: "basic" });
  const login = ["--registry-username", TEST_LOGIN.username, "--registry-password", TEST_LOGIN.password];
  const name = `${origin.host}/team/guarded:v1`;
  await ok("db", "push", "--key", at("good.key"), ...databaseOf("new"), ...login, name);
  const { blobs } = origin.repository("team/guarded");
  const elsewhere = await openScriptedServer(({ url }, response) => {
    response.end(blobs.get(`sha256:${/sha256:([0-9a-f]+)/.exec(decodeURIComponent(url.pathname))?.[1] ?? ""}`));
  });
  const redirecting = await startRegistryServer({ auth: "basic", redirectBlobsTo: elsewhere.origin });
  try {
    const copy = redirecting.repository("team/guarded");
    const own = origin.repository("team/guarded");
    for (const [digest, bytes] of own.blobs) copy.blobs.set(digest, bytes);
    for (const [digest, { bytes, mediaType }] of own.manifests) {
      copy.putManifest(bytes, mediaType, own.tags.get("v1") === digest ? "v1" : undefined);
    }
    const from = `${redirecting.host}/team/guarded:v1`;
    await ok("db", "pull", ...trust(), ...login, from, ...databaseOf(fresh()));
    assert.ok(elsewhere.requests.length > 0);
    for (const { headers } of elsewhere.requests) assert.equal(headers["authorization"], undefined);
  } finally {
    await Promise.all([origin.close(), redirecting.close(), elsewhere.close()]);
  }
});

test("an export is a file that scans as the database does; one that is there is not written over", async () => {
  await ok("db", "export", ...databaseOf("new"), "--file", at("file.db"));
  const [one, other] = [
    await ok("scan", ...databaseOf("new"), `dir:${at("app")}`),
    await ok("scan", ...databaseOf("file"), `dir:${at("app")}`),
  ];
  assert.equal(JSON.parse(one.stdout).findings.length, JSON.parse(other.stdout).findings.length);
  await refused(2, "USAGE", "db", "export", ...databaseOf("new"), "--file", at("file.db"));
});
