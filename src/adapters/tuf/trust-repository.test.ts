import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, encodeUtf8, isAmapError, LIMITS } from "../../base/index.ts";
import type { HttpClient, HttpResponse } from "../../ports/index.ts";
import { trustRepositoryContract } from "../../ports/trust-repository.contract.ts";
import { createFakeClock } from "../../testing/fake-clock.ts";
import { createFakeFiles } from "../../testing/fake-files.ts";
import { createTufRepository, type TufOptions } from "../../testing/sigstore/services/tuf-repository.ts";
import { openTrustRepository } from "./index.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const MIRROR = "https://tuf.example/sigstore";
const FOLDER = "/cache/tuf";
const COPY = `${FOLDER}/tuf.example-sigstore`;
const ROOT = encodeUtf8('{"mediaType":"a root"}');
const NEW_ROOT = encodeUtf8('{"mediaType":"a newer root"}');

const offline = new AmapError("OFFLINE", "GET was needed while --offline is set");
const down = new AmapError("REGISTRY_UNREACHABLE", "no such host");
const reset = new AmapError("REGISTRY_UNREACHABLE", "the connection broke", { details: { systemCode: "ECONNRESET" } });

/** A repository behind a client that does what `answer` says, with disk and clock of the test's own. */
function world(options: Partial<TufOptions> = {}) {
  const targets = new Map([
    ["trusted_root.json", ROOT],
    ["signing_config.v0.2.json", encodeUtf8("{}")],
  ]);
  const repository = createTufRepository({ targets, now: NOW, ...options });
  const files = createFakeFiles();
  const clock = createFakeClock(NOW);
  const asked: string[] = [];
  const given: { answer: (path: string) => Partial<HttpResponse> | AmapError | undefined } = {
    answer: () => undefined,
  };
  const http: HttpClient = {
    send: async ({ url, maxBytes }) => {
      const path = url.slice(MIRROR.length + 1);
      asked.push(path);
      const answer = given.answer(path);
      if (answer instanceof AmapError) throw answer;
      assert.ok(url.startsWith(`${MIRROR}/`), url);
      const body = answer?.body ?? repository.files.get(path);
      if (body !== undefined && body.length > maxBytes) throw new AmapError("LIMIT_EXCEEDED", "too long");
      return { status: body === undefined ? 404 : 200, headers: {}, ...answer, body: body ?? new Uint8Array() };
    },
    stream: async () => assert.fail("not streamed"),
    close: async () => {},
  };
  const open = (more: { readonly mirror?: string; readonly rootFile?: string } = {}) =>
    openTrustRepository({ http, files, clock, folder: FOLDER, ...more });
  const initialize = () => open().initialize({ mirror: MIRROR, root: repository.firstRoot });
  const read = (name = "trusted_root.json") => open().read(name);
  return { repository, files, clock, asked, given, open, initialize, read };
}

function refuses(promise: Promise<unknown>, code: string, text: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(isAmapError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });
}

trustRepositoryContract("tuf", () => {
  const { repository, open, clock, given } = world({ targets: new Map() });
  return {
    open,
    mirror: MIRROR,
    root: repository.firstRoot,
    publish: (targets) => repository.publish({ targets, now: clock.now() }),
    setOffline: (isOffline) => {
      given.answer = () => (isOffline ? offline : undefined);
    },
    advance: (ms) => clock.advance(ms),
  };
});

describe("initialize and read", () => {
  test("what was fetched once is read without a request, for a day", async () => {
    const { initialize, read, asked, clock } = world();
    const state = await initialize();
    assert.deepEqual(state.targets, ["trusted_root.json", "signing_config.v0.2.json"]);
    assert.deepEqual([state.mirror, state.directory, state.warnings], [MIRROR, COPY, []]);
    assert.deepEqual(
      state.metadata.map(({ role, version }) => [role, version]),
      [
        ["root", 1],
        ["timestamp", 1],
        ["snapshot", 1],
        ["targets", 1],
      ],
    );
    asked.length = 0;
    assert.deepEqual(await read(), { bytes: ROOT, source: MIRROR, warnings: [] });
    clock.advance(DAY - 1);
    assert.deepEqual((await read()).bytes, ROOT);
    assert.deepEqual(asked, []);
  });

  test("after a day only what is new is fetched", async () => {
    const { initialize, read, asked, clock, repository } = world({ expiresInMs: { timestamp: 7 * DAY } });
    await initialize();
    asked.length = 0;
    clock.advance(DAY);
    assert.deepEqual((await read()).warnings, []);
    assert.deepEqual(asked, ["2.root.json", "timestamp.json"]);
    clock.advance(DAY);
    repository.publish({ targets: new Map([["trusted_root.json", NEW_ROOT]]) });
    assert.deepEqual((await read()).bytes, NEW_ROOT);
    await refuses(read("signing_config.v0.2.json"), "NOT_SUPPORTED", /no target signing_config/);
  });

  test("a clock that was set back does not keep an old copy in use", async () => {
    const { initialize, read, asked, clock } = world();
    await initialize();
    asked.length = 0;
    clock.advance(-DAY);
    await read();
    assert.deepEqual(asked, ["2.root.json", "timestamp.json"]);
  });

  test("new roots are followed one by one, and kept", async () => {
    const { initialize, read, repository, clock, asked } = world();
    await initialize();
    repository.rotateRoot();
    repository.rotateRoot();
    clock.advance(DAY);
    repository.publish({ now: clock.now() });
    await read();
    asked.length = 0;
    clock.advance(DAY);
    repository.publish({ now: clock.now() });
    await read();
    assert.deepEqual(asked[0], "4.root.json");
  });

  test("TUF_ROOT_JSON begins where nothing was initialised", async () => {
    const { open, files, repository } = world();
    await files.makeDirectory("/etc");
    await files.write("/etc/root.json", repository.firstRoot);
    assert.deepEqual(
      (await open({ mirror: MIRROR, rootFile: "/etc/root.json" }).read("trusted_root.json")).bytes,
      ROOT,
    );
  });

  test("a mirror in a folder", async () => {
    const { repository, open, files, clock } = world();
    for (const [path, bytes] of repository.files) {
      await files.makeDirectory("/mirror/targets");
      await files.write(`/mirror/${path}`, bytes);
    }
    const state = await open().initialize({ mirror: "file:///mirror", root: repository.firstRoot });
    assert.equal(state.mirror, "file:///mirror");
    assert.deepEqual((await open().read("trusted_root.json")).bytes, ROOT);
    clock.advance(DAY);
    await refuses(open().read("trusted_root.json"), "TRUST_REPOSITORY_INVALID", /timestamp.json: it was good until/);
    await files.remove("/mirror");
    assert.match((await open().read("trusted_root.json")).warnings[0] ?? "", /expired.*no such folder/);
  });

  test("a repository that is busy, or whose connection breaks, is asked again", async () => {
    for (const first of [{ status: 503 }, { status: 429 }, reset]) {
      const { initialize, given } = world();
      let isFirst = true;
      given.answer = () => {
        const answer = isFirst ? first : undefined;
        isFirst = false;
        return answer;
      };
      assert.equal((await initialize()).targets.length, 2);
    }
  });

  test("what cannot be kept is a warning, since it was verified all the same", async () => {
    const { open, files, repository } = world();
    await files.makeDirectory("/cache");
    await files.write("/cache/tuf", encodeUtf8("a file where the folder should be"));
    await files.write("/cache/root.json", repository.firstRoot);
    const found = await open({ mirror: MIRROR, rootFile: "/cache/root.json" })
      .read("trusted_root.json")
      .catch((error: unknown) => error);
    if (isAmapError(found)) assert.fail(found.message);
    const { bytes, warnings } = found as Awaited<ReturnType<ReturnType<typeof open>["read"]>>;
    assert.deepEqual(bytes, ROOT);
    assert.match(warnings[0] ?? "", /No copy .* can be kept in \/cache\/tuf/);
  });
});

describe("what is refused", () => {
  const flip = (bytes: Buffer): Uint8Array => {
    const text = bytes.toString("utf8");
    const at = text.indexOf('"sig":"') + 12;
    return encodeUtf8(`${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}`);
  };
  const change = (from: string | RegExp, to: string) => (bytes: Buffer) =>
    encodeUtf8(bytes.toString("utf8").replace(from, to));

  const tampered: readonly (readonly [name: string, path: string, how: (bytes: Buffer) => Uint8Array, text: RegExp])[] =
    [
      ["a timestamp's signature", "timestamp.json", flip, /timestamp was signed by 0\/1/],
      ["a snapshot's bytes", "1.snapshot.json", flip, /snapshot.json: Expected hash/],
      ["a targets' bytes", "1.targets.json", flip, /targets.json: Expected hash/],
      ["a timestamp that says it is newer", "timestamp.json", change('"version":1', '"version":9'), /signed by 0\/1/],
      ["a timestamp that is no JSON", "timestamp.json", () => encodeUtf8("<html>"), /timestamp.json: /],
      ["a timestamp with an odd name", "timestamp.json", change('"keyid"', '"__proto__":{},"keyid"'), /key __proto__/],
      ["a timestamp with two versions", "timestamp.json", change('"version":', '"version":9,"version":'), /version/],
      ["a timestamp with half a version", "timestamp.json", change(/"version":\d/, '"version":1.5'), /whole numbers/],
      ["a timestamp that is a list", "timestamp.json", () => encodeUtf8("[]"), /timestamp.json: /],
      ["a timestamp that is a snapshot", "timestamp.json", change('"timestamp"', '"snapshot"'), /expected 'timestamp'/],
    ];
  for (const [name, path, how, text] of tampered) {
    test(`${name}, also where a copy is at hand`, async () => {
      const fresh = world();
      fresh.repository.tamper(path, how);
      await refuses(fresh.initialize(), "TRUST_REPOSITORY_INVALID", text);
      const later = world();
      await later.initialize();
      later.clock.advance(2 * DAY);
      later.repository.publish({ now: later.clock.now() });
      const [next, pattern] = path === "timestamp.json" ? [path, '"version":2'] : [path.replace("1.", "2."), ""];
      later.repository.tamper(next, name.includes("newer") ? change(pattern, '"version":9') : how);
      await refuses(later.read(), "TRUST_REPOSITORY_INVALID", text);
    });
  }

  test("a target of other bytes, and of the same length", async () => {
    const { initialize, repository } = world();
    const path = [...repository.files.keys()].find((each) => /^targets\/[0-9a-f]{64}\.trusted_root/.test(each)) ?? "";
    repository.tamper(path, (bytes) => encodeUtf8(bytes.toString().replace("root", "r00t")));
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /trusted_root.json: its length or hash/);
    repository.tamper(path, (bytes) => encodeUtf8(bytes.toString().slice(1)));
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /trusted_root.json: its length or hash/);
  });

  test("a rollback: timestamp and all of yesterday", async () => {
    const { initialize, read, repository, clock, given } = world({ expiresInMs: { timestamp: 9 * DAY } });
    const old = new Map(repository.files);
    repository.publish();
    await initialize();
    clock.advance(2 * DAY);
    given.answer = (path) => {
      const body = old.get(path);
      return body === undefined ? undefined : { body };
    };
    await refuses(read(), "TRUST_REPOSITORY_INVALID", /timestamp.json: its version went back from 2 to 1/);
  });

  test("a freeze: metadata that nobody renews", async () => {
    const { initialize, read, clock } = world();
    await initialize();
    clock.advance(2 * DAY);
    await refuses(read(), "TRUST_REPOSITORY_INVALID", /timestamp.json: it was good until 2026-11-23T12:00:00Z only/);
  });

  test("mix and match: a new timestamp with the snapshot of before", async () => {
    const { initialize, read, repository, clock, given } = world();
    const old = repository.files.get("1.snapshot.json") as Uint8Array;
    await initialize();
    clock.advance(2 * DAY);
    repository.publish({ now: clock.now() });
    given.answer = (path) => (path === "2.snapshot.json" ? { body: old } : undefined);
    await refuses(read(), "TRUST_REPOSITORY_INVALID", /snapshot.json: Expected (length|hash)/);
  });

  test("a root that the one before has not signed, and one that skips a version", async () => {
    const { initialize, read, repository, clock, given } = world();
    await initialize();
    clock.advance(2 * DAY);
    const other = createTufRepository({ targets: new Map(), now: NOW });
    other.rotateRoot();
    given.answer = (path) => (path === "2.root.json" ? { body: other.files.get(path) as Uint8Array } : undefined);
    await refuses(read(), "TRUST_REPOSITORY_INVALID", /2.root.json: root was signed by 0\/1/);
    repository.rotateRoot();
    repository.rotateRoot();
    const third = repository.files.get("3.root.json") as Uint8Array;
    given.answer = (path) => (path === "2.root.json" ? { body: third } : undefined);
    await refuses(read(), "TRUST_REPOSITORY_INVALID", /2.root.json: /);
  });

  test("roots without end, metadata without end, and a mirror that is slow for each", async () => {
    const { initialize, given, clock, repository } = world();
    given.answer = (path) =>
      path === "timestamp.json" ? { body: new Uint8Array(LIMITS.trustMetadataBytes + 1) } : undefined;
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /timestamp.json: too long/);
    const many = Array.from({ length: LIMITS.trustMetadataMembers + 1 }, (_, index) => `"${index}":{}`).join(",");
    given.answer = (path) => (path === "timestamp.json" ? { body: encodeUtf8(`{"signed":{${many}}}`) } : undefined);
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /at most 1024 members/);
    for (let count = 0; count < 4; count++) repository.rotateRoot();
    given.answer = () => {
      clock.advance(LIMITS.trustRefreshMs / 3);
      return undefined;
    };
    await refuses(initialize(), "TRUST_REPOSITORY_UNREACHABLE", /took too long/);
  });

  test("redirects, users in addresses, other schemes, odd names of targets", async () => {
    const { initialize, open, given, repository } = world();
    given.answer = () => ({ status: 302, headers: { location: "https://evil.example" } });
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /found 302/);
    for (const mirror of ["ftp://tuf.example", "https://user:secret@tuf.example", "tuf.example", "https://a/?b"]) {
      await refuses(open().initialize({ mirror, root: repository.firstRoot }), "USAGE", /address of a mirror/);
    }
    for (const name of ["../root.json", "a/b", ".hidden", "", "__proto__"]) {
      await refuses(open().read(name), "USAGE", /name of a target/);
    }
    given.answer = () => undefined;
    await initialize();
    await refuses(open().read("constructor"), "NOT_SUPPORTED", /no target constructor/);
  });

  test("a note of the mirror that cannot be read: the public one does not take its place", async () => {
    for (const note of ["", "{}", "[]", '{"mirror":7}']) {
      const { initialize, read, files } = world();
      await initialize();
      await files.write(`${FOLDER}/remote.json`, encodeUtf8(note));
      await refuses(read(), "TRUST_REPOSITORY_INVALID", /remote.json: expected JSON/);
    }
  });

  test("a private mirror without its root: the public one's says nothing about it", async () => {
    const { open, asked } = world();
    await refuses(open({ mirror: MIRROR }).read("trusted_root.json"), "USAGE", /no root is known for https:\/\/tuf/);
    await refuses(open().initialize({ mirror: MIRROR }), "USAGE", /no root is known/);
    assert.deepEqual(asked, []);
  });

  test("an initialisation that fails leaves the copy of before", async () => {
    const { initialize, read, repository } = world();
    await initialize();
    repository.tamper("timestamp.json", flip);
    await refuses(initialize(), "TRUST_REPOSITORY_INVALID", /timestamp/);
    assert.deepEqual((await read()).bytes, ROOT);
  });
});

describe("without a network", () => {
  test("a copy that is good is used: silently with --offline, with a warning where the mirror is down", async () => {
    const { initialize, read, clock, given } = world({ expiresInMs: { timestamp: 7 * DAY } });
    await initialize();
    clock.advance(2 * DAY);
    given.answer = () => offline;
    assert.deepEqual(await read(), { bytes: ROOT, source: MIRROR, warnings: [] });
    given.answer = () => down;
    const { bytes, warnings } = await read();
    assert.deepEqual([bytes, warnings.length], [ROOT, 1]);
    assert.match(warnings[0] ?? "", /no such host.*good until 2026-11-29T12:00:00Z/);
  });

  for (const [name, error, why] of [
    ["--offline", offline, /--offline is set/],
    ["a mirror that is down", down, /no such host/],
    ["a mirror that is broken", undefined, /answered 503/],
  ] as const) {
    test(`${name}: an expired copy is verified and used, with its age`, async () => {
      const { initialize, read, clock, given } = world();
      await initialize();
      clock.advance(4 * DAY + 3_600_000);
      given.answer = () => error ?? { status: 503 };
      const { bytes, warnings } = await read();
      assert.deepEqual(bytes, ROOT);
      assert.match(warnings[0] ?? "", /its timestamp was good until 2026-11-23T12:00:00Z, 3 days ago/);
      assert.match(warnings[0] ?? "", why);
    });
  }

  for (const name of ["root", "timestamp", "snapshot", "targets"] as const) {
    test(`a copy whose ${name} was changed is refused`, async () => {
      const { initialize, read, files, given, clock } = world();
      await initialize();
      clock.advance(2 * DAY);
      const path = `${COPY}/${name}.json`;
      const bytes = await files.read(path, LIMITS.trustMetadataBytes);
      await files.write(path, encodeUtf8(Buffer.from(bytes).toString().replace('"version":1', '"version":2')));
      given.answer = () => offline;
      await refuses(read(), "TRUST_REPOSITORY_INVALID", /the copy in .* cannot be used/);
    });
  }

  test("a target in the copy that was changed, or is missing, is no target", async () => {
    const { initialize, read, files, given } = world();
    await initialize();
    given.answer = () => offline;
    await files.write(`${COPY}/targets/trusted_root.json`, NEW_ROOT);
    await refuses(read(), "OFFLINE", /trusted_root.json of https:\/\/tuf.example\/sigstore is needed/);
    await files.remove(`${COPY}/targets/trusted_root.json`);
    await refuses(read(), "OFFLINE", /is needed/);
    given.answer = () => undefined;
    assert.deepEqual((await read()).bytes, ROOT);
  });

  test("nothing was ever fetched: a private mirror's root alone helps nobody", async () => {
    const { open, files, repository, given } = world();
    await files.makeDirectory("/etc");
    await files.write("/etc/root.json", repository.firstRoot);
    given.answer = () => offline;
    const read = open({ mirror: MIRROR, rootFile: "/etc/root.json" }).read("trusted_root.json");
    await refuses(read, "OFFLINE", /there is no copy/);
    const initialized = open().initialize({ mirror: MIRROR, root: repository.firstRoot });
    await refuses(initialized, "OFFLINE", /offline/);
  });
});

describe("the public repository", () => {
  const offlineClient: HttpClient = {
    send: async () => {
      throw offline;
    },
    stream: async () => assert.fail("not streamed"),
    close: async () => {},
  };
  const open = () =>
    openTrustRepository({
      http: offlineClient,
      files: createFakeFiles(),
      clock: createFakeClock(NOW),
      folder: FOLDER,
    });

  test("without network and copy: the trusted root that amap carries, with a warning that says of when", async () => {
    const { bytes, warnings, source } = await open().read("trusted_root.json");
    assert.equal(source, "https://tuf-repo-cdn.sigstore.dev");
    assert.match(Buffer.from(bytes).toString(), /fulcio\.sigstore\.dev/);
    assert.match(warnings[0] ?? "", /--offline is set .*root version \d+, which is good until 20\d\d-/);
  });

  test("what it does not carry is not there", async () => {
    await refuses(open().read("signing_config.v0.2.json"), "OFFLINE", /signing_config/);
  });
});
