/** `initialize`, and what other verbs take from the repository of trusted roots: fresh, expired, without a network. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createFileSystem } from "../adapters/filesystem/index.ts";
import { openTrustRepository } from "../adapters/tuf/index.ts";
import { createSignatureStatement, encodeStatement } from "../attestation/index.ts";
import type { HttpClient } from "../ports/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { jsonBytes, PERSON } from "../testing/sigstore/local-sigstore.ts";
import { type LocalServices, openLocalServices } from "../testing/sigstore/services/local-services.ts";
import { createTufRepository } from "../testing/sigstore/services/tuf-repository.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-trust-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const ME = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];
const DAY = 86_400_000;
let local: LocalServices;

/** Runs with a copy in a folder of its own. */
async function run(exit: number, code: string | undefined, copy: string, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words, { TUF_ROOT: at(copy), TUF_MIRROR: undefined });
  assert.deepEqual([ended.exit, ended.code], [exit, code], `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

const ok = (copy: string, ...words: readonly string[]): Promise<Ended> => run(0, undefined, copy, ...words);

function initialize(): readonly string[] {
  return ["initialize", "--mirror", local.urls.tuf, "--root", at("1.root.json")];
}

before(async () => {
  local = await openLocalServices({ sigstore: { at: Date.now() - DAY } });
  const digest = await buildTestImage(folder);
  const payload = encodeStatement(createSignatureStatement(digest));
  writeTree(folder, {
    "1.root.json": local.tuf.firstRoot,
    "attached.json": local.sigstore.signBundle({ content: { payload } }).bytes,
  });
  await ok("unused", "attach", "attestation", "--attestation", at("attached.json"), image);
  await ok("unused", "generate-key-pair", "--output-key-prefix", at("cosign"));
});
after(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("initialize", () => {
  test("keeps the trusted root, and verify needs no other, nor a network", async () => {
    const { stderr, stdout } = await ok("kept", ...initialize());
    assert.match(stderr, /is kept in .*kept.*: trusted_root.json, signing_config.v0.2.json\n {2}root 1, good until/);
    assert.equal(stdout, "");
    const asked = local.requestsTo("tuf").length;
    assert.doesNotMatch((await ok("kept", "verify", ...ME, image)).stderr, /warning/);
    assert.doesNotMatch((await ok("kept", "--offline", "verify", ...ME, image)).stderr, /warning/);
    assert.equal(local.requestsTo("tuf").length, asked);
    await run(12, "IDENTITY_MISMATCH", "kept", "verify", "--certificate-identity", "eve", ...ME.slice(2), image);
  });

  test("TUF_MIRROR and TUF_ROOT_JSON do without", async () => {
    const env = { TUF_ROOT: at("by-env"), TUF_MIRROR: local.urls.tuf, TUF_ROOT_JSON: at("1.root.json") };
    const ended = await runAmap(["verify", ...ME, image], env);
    assert.equal(ended.exit, 0, ended.stderr);
    const again = await runAmap(["--offline", "verify", ...ME, image], { ...env, TUF_ROOT_JSON: undefined });
    assert.equal(again.exit, 0, again.stderr);
  });

  test("a root from an address, by its checksum", async () => {
    const hex = (algorithm: string): string => createHash(algorithm).update(local.tuf.firstRoot).digest("hex");
    const url = `${local.urls.tuf}/1.root.json`;
    const words = ["initialize", "--mirror", local.urls.tuf, "--root", url];
    await ok("by-address", ...words, "--root-checksum", hex("sha256"));
    await ok("by-address", ...words, "--root-checksum", `sha512:${hex("sha512")}`);
    await run(2, "USAGE", "by-address", ...words);
    await run(2, "USAGE", "by-address", ...words, "--root-checksum", "abc");
    await run(3, "TRUST_REPOSITORY_INVALID", "by-address", ...words, "--root-checksum", "0".repeat(64));
    await run(2, "USAGE", "by-address", "initialize", "--root-checksum", hex("sha256"));
    const missing = ["initialize", "--mirror", local.urls.tuf, "--root", `${local.urls.tuf}/nothing`];
    await run(3, "TRUST_REPOSITORY_UNREACHABLE", "by-address", ...missing, "--root-checksum", hex("sha256"));
  });

  test("refuses another repository's root, a file that is none, no network, and staging", async () => {
    const other = createTufRepository({ targets: new Map(), now: Date.now() });
    writeTree(folder, { "other.root.json": other.firstRoot, "none.json": "{}" });
    const words = ["initialize", "--mirror", local.urls.tuf, "--root"];
    await run(3, "TRUST_REPOSITORY_INVALID", "refused", ...words, at("other.root.json"));
    await run(3, "TRUST_REPOSITORY_INVALID", "refused", ...words, at("none.json"));
    await run(2, "FILE_NOT_FOUND", "refused", ...words, at("nothing.json"));
    await run(2, "OFFLINE", "refused", "--offline", ...initialize());
    await run(2, "NOT_SUPPORTED", "refused", "initialize", "--staging");
    await run(2, "USAGE", "refused", "initialize", "--mirror", local.urls.tuf);
  });
});

describe("sign with the services of the repository", () => {
  test("only where a flag asks for them", async () => {
    await ok("kept", ...initialize());
    const key = ["--key", at("cosign.key")];
    const asked = (): number => local.requestsTo("rekorV1").length + local.requestsTo("rekorV2").length;
    const start = asked();
    writeFileSync(at("file"), "a file");
    await ok("kept", "sign-blob", ...key, "--bundle", at("plain.json"), at("file"));
    await ok("kept", "sign-blob", ...key, "--use-signing-config=false", "--bundle", at("plain.json"), at("file"));
    assert.equal(asked(), start);
    for (const flag of ["--tlog-upload", "--use-signing-config"]) {
      const before = asked();
      await ok("kept", "sign-blob", ...key, flag, "--bundle", at("logged.json"), at("file"));
      assert.ok(asked() > before);
      await ok("kept", "verify-blob", "--key", at("cosign.pub"), "--bundle", at("logged.json"), at("file"));
    }
    await run(
      12,
      "THRESHOLD_UNMET",
      "kept",
      "verify-blob",
      "--key",
      at("cosign.pub"),
      "--bundle",
      at("plain.json"),
      at("file"),
    );
    await run(
      2,
      "OFFLINE",
      "nothing",
      "--offline",
      "sign-blob",
      ...key,
      "--tlog-upload",
      "--bundle",
      at("x"),
      at("file"),
    );
  });
});

describe("--offline", () => {
  /** A copy that was made five days ago and was good for one. */
  async function makeExpiredCopy(): Promise<void> {
    const then = Date.now() - 5 * DAY - 60_000;
    const targets = new Map([["trusted_root.json", jsonBytes(local.sigstore.trustedRoot())]]);
    const repository = createTufRepository({ targets, now: then });
    const http: HttpClient = {
      send: async ({ url }) => {
        const body = repository.files.get(url.slice("https://tuf.example/".length));
        return { status: body === undefined ? 404 : 200, headers: {}, body: body ?? new Uint8Array() };
      },
      stream: async () => assert.fail("not streamed"),
      close: async () => {},
    };
    const clock = createFakeClock(then);
    const copies = openTrustRepository({ http, files: createFileSystem(), clock, folder: at("expired") });
    await copies.initialize({ mirror: "https://tuf.example", root: repository.firstRoot });
  }

  /** Fails at whatever opens a socket or asks for a name. */
  const GUARD = `import net from "node:net"; import dns from "node:dns"; import dgram from "node:dgram";
const fail = (what) => () => { process.stderr.write("SOCKET " + what + "\\n"); process.exit(99); };
net.Socket.prototype.connect = fail("connect"); net.connect = fail("connect"); dgram.createSocket = fail("datagram");
dns.lookup = fail("lookup"); dns.promises.lookup = fail("lookup"); globalThis.fetch = fail("fetch");`;

  function runGuarded(
    words: readonly string[],
    copy: string,
  ): Promise<{ readonly exit: number | null; readonly stderr: string }> {
    writeFileSync(at("guard.mjs"), GUARD);
    const main = join(import.meta.dirname, "main.ts");
    const env = { PATH: process.env["PATH"], HOME: at("home"), TUF_ROOT: at(copy), NO_COLOR: "1" };
    const child = spawn(process.execPath, ["--import", at("guard.mjs"), main, ...words], { env, timeout: 20_000 });
    const said: string[] = [];
    child.stderr.on("data", (chunk) => said.push(String(chunk)));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exit) => resolve({ exit, stderr: said.join("") }));
    });
  }

  test("an expired copy: verified, with a warning that names its age, and no socket is opened", async () => {
    await makeExpiredCopy();
    const { exit, stderr } = await runGuarded(["--offline", "verify", ...ME, image], "expired");
    assert.equal(exit, 0, stderr);
    assert.match(
      stderr,
      /^warning: The copy of the trusted root from https:\/\/tuf\.example has expired: its timestamp was good until .*, 4 days ago\. It is used since --offline is set;/m,
    );
    assert.doesNotMatch(stderr, /SOCKET/);
    const eve = ["--certificate-identity", "eve@example.com", ...ME.slice(2)];
    await run(12, "IDENTITY_MISMATCH", "expired", "--offline", "verify", ...eve, image);
  });

  test("its twin that somebody changed is refused", async () => {
    await makeExpiredCopy();
    const path = at("expired", "tuf.example", "targets.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"length":', '"length":1'));
    const ended = await runGuarded(["--offline", "verify", ...ME, image], "expired");
    assert.match(ended.stderr, /TRUST_REPOSITORY_INVALID/);
    assert.doesNotMatch(ended.stderr, /SOCKET/);
  });

  test("no copy: the public root that amap carries, which says nothing of this signature; no socket", async () => {
    const { exit, stderr } = await runGuarded(["--offline", "verify", ...ME, image], "nothing");
    assert.equal(exit, 12, stderr);
    assert.match(stderr, /^warning: --offline is set and there is no copy of https:\/\/tuf-repo-cdn\.sigstore\.dev/m);
    assert.match(stderr, /code {2}TLOG_UNKNOWN/);
    assert.doesNotMatch(stderr, /SOCKET/);
  });

  test("the guard of these tests sees a socket", async () => {
    const { exit, stderr } = await runGuarded(["verify", ...ME, "oci:nothing:v1"], "none");
    assert.equal(exit, 99, stderr);
  });
});
