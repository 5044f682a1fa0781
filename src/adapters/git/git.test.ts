import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type ErrorCode, isAmapError } from "../../base/index.ts";
import { CONTRACT_BRANCHES, gitContract } from "../../ports/git.contract.ts";
import type { CheckoutRequest } from "../../ports/index.ts";
import { writeTree } from "../../testing/cli-runner.ts";
import { createGitRepository, type GitRepository } from "../../testing/git-repository.ts";
import { type GitServer, startGitServer } from "../../testing/git-server.ts";
import { createGit, type GitOptions } from "./git.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-git-test-"));
/** Where checkouts are made: it must be empty when all are closed. */
const temporary = mkdtempSync(join(folder, "temporary-"));
const make = (more: Partial<GitOptions> = {}): ReturnType<typeof createGit> =>
  createGit({ env: process.env, temporary, ...more });
const filesBelow = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();

after(() => rmSync(folder, { recursive: true, force: true }));

gitContract("createGit", async () => {
  const repository = createGitRepository(join(folder, "contract.git"));
  for (const [branch, files] of Object.entries(CONTRACT_BRANCHES)) repository.commit(branch, files);
  const histories = createGitRepository(join(folder, "histories.git"));
  return {
    git: make(),
    directory: histories.path,
    write: histories.write,
    url: `file://${repository.path}`,
    missingUrl: `file://${folder}/nothing.git`,
    read: async (path) => readFileSync(path, "utf8"),
    list: async (path) => (existsSync(path) ? filesBelow(path) : undefined),
    dispose: async () => assert.deepEqual(readdirSync(temporary), []),
  };
});

const failsWith = async (code: ErrorCode, git: ReturnType<typeof createGit>, request: CheckoutRequest) => {
  let message = "";
  await assert.rejects(git.checkOut(request), (error) => {
    assert.ok(isAmapError(error, code), String(error));
    message = error.message;
    return true;
  });
  assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
  return message;
};

describe("createGit with what a repository may hold", () => {
  let repository: GitRepository;
  let url: string;
  before(() => {
    repository = createGitRepository(join(folder, "odd.git"));
    url = `file://${repository.path}`;
  });

  /** Puts entries of any mode on a branch. */
  const publish = (branch: string, entries: readonly (readonly [mode: string, path: string, text: string])[]): void => {
    const lines = entries.map(([mode, path, text]) => {
      const id = mode === "160000" ? text : repository.git(["hash-object", "-w", "--stdin"], text);
      return `${mode} ${id}\t${path}\0`;
    });
    rmSync(join(repository.path, "index"), { force: true });
    repository.git(["update-index", "-z", "--index-info"], lines.join(""));
    const commit = repository.git(["commit-tree", repository.git(["write-tree"]), "-m", "odd"]);
    repository.git(["update-ref", `refs/heads/${branch}`, commit]);
  };

  it("makes links to files of the checkout those files, and no other links", async () => {
    publish("links", [
      ["100644", "real/a.yaml", "a: 1\n"],
      ["120000", "inside.yaml", "real/a.yaml"],
      ["120000", "deep/up.yaml", "../real/a.yaml"],
      ["120000", "chain.yaml", "inside.yaml"],
      ["120000", "secret.yaml", "/etc/passwd"],
      ["120000", "outside.yaml", "../../../../etc/passwd"],
      ["120000", "nowhere.yaml", "none.yaml"],
      ["120000", "folder", "real"],
      ["120000", "circle", "circle"],
    ]);
    const checkout = await make().checkOut({ url, branch: "links" });
    const text = (path: string): string => readFileSync(join(checkout.path, path), "utf8");
    const found = Object.fromEntries(filesBelow(checkout.path).map((path) => [path, text(path)]));
    assert.deepEqual(found, {
      "real/a.yaml": "a: 1\n",
      "inside.yaml": "a: 1\n",
      "deep/up.yaml": "a: 1\n",
      "chain.yaml": "a: 1\n",
      "secret.yaml": "/etc/passwd",
      "outside.yaml": "../../../../etc/passwd",
      "nowhere.yaml": "none.yaml",
      folder: "real",
      circle: "circle",
    });
    await checkout.close();
  });

  it("leaves submodules alone", async () => {
    publish("submodule", [
      ["100644", "a.yaml", "a"],
      ["100644", ".gitmodules", '[submodule "m"]\n\tpath = m\n\turl = file:///nowhere\n'],
      ["160000", "m", "0123456789abcdef0123456789abcdef01234567"],
    ]);
    const checkout = await make().checkOut({ url, branch: "submodule" });
    assert.deepEqual(filesBelow(checkout.path), [".gitmodules", "a.yaml"]);
    await checkout.close();
  });

  it("runs no filter that attributes ask for", async () => {
    publish("filter", [
      ["100644", ".gitattributes", "*.yaml filter=lfs\n"],
      ["100644", "a.yaml", "pointer"],
    ]);
    const checkout = await make().checkOut({ url, branch: "filter" });
    assert.equal(readFileSync(join(checkout.path, "a.yaml"), "utf8"), "pointer");
    await checkout.close();
  });

  it("writes files as they are committed, whatever attributes ask for", async () => {
    const committed = {
      "a.ident": "$Id$\n".repeat(100),
      "a.wide": "\ufeffabc",
      "a.lines": "1\n2\n",
      "c/a.ident": "$Id$",
    };
    const attributes = "*.ident ident\n*.wide working-tree-encoding=UTF-32LE-BOM\n*.lines text eol=crlf\n";
    const files = { ...committed, ".gitattributes": attributes, "c/.gitattributes": attributes };
    publish(
      "attributes",
      Object.entries(files).map(([path, text]) => ["100644", path, text]),
    );
    const checkout = await make().checkOut({ url, branch: "attributes" });
    for (const [name, text] of Object.entries(files)) {
      assert.equal(readFileSync(join(checkout.path, name), "utf8"), text, name);
    }
    await checkout.close();
  });

  it("takes a tag as a branch", async () => {
    const commit = repository.commit("tagged", { a: "1" });
    repository.git(["update-ref", "refs/tags/v1", commit]);
    const checkout = await make().checkOut({ url, branch: "v1" });
    assert.equal(checkout.commit, commit);
    await checkout.close();
  });

  it("refuses a commit with too many files or bytes before a file is written, and its twin within the limits not", async () => {
    repository.commit("many", Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, "x"])));
    assert.match(
      await failsWith("LIMIT_EXCEEDED", make({ maxFiles: 19 }), { url, branch: "many" }),
      /more than 19 files/,
    );
    await (await make({ maxFiles: 20 }).checkOut({ url, branch: "many" })).close();
    repository.commit("large", { a: "x".repeat(200_000) });
    assert.match(
      await failsWith("LIMIT_EXCEEDED", make({ maxBytes: 199_999 }), { url, branch: "large" }),
      /more than 199999 bytes/,
    );
    await (await make({ maxBytes: 200_000 }).checkOut({ url, branch: "large" })).close();
  });

  it("refuses a folder that names itself a million times over", async () => {
    let tree = repository.git(["mktree"], `100644 blob ${repository.git(["hash-object", "-w", "--stdin"], "x")}\ta\n`);
    for (let level = 0; level < 20; level += 1) {
      tree = repository.git(["mktree"], `040000 tree ${tree}\ta\n040000 tree ${tree}\tb\n`);
    }
    repository.git(["update-ref", "refs/heads/bomb", repository.git(["commit-tree", tree, "-m", "bomb"])]);
    assert.match(await failsWith("LIMIT_EXCEEDED", make(), { url, branch: "bomb" }), /files/);
  });

  it("takes nothing from the configuration, hooks and variables of the person who runs it", async () => {
    const home = join(folder, "home");
    const touch = `#!/bin/sh\ntouch ${home}/ran\n`;
    writeTree(home, {
      "template/hooks/post-checkout": touch,
      ".gitconfig": `[init]\n\ttemplateDir = ${home}/template\n[url "file:///nowhere/"]\n\tinsteadOf = file://\n[core]\n\thooksPath = ${home}/template/hooks\n\tfsmonitor = ${home}/template/hooks/post-checkout\n`,
    });
    chmodSync(join(home, "template/hooks/post-checkout"), 0o755);
    repository.commit("plain", { a: "1" });
    const variables = { GIT_DIR: "/nowhere", GIT_WORK_TREE: "/nowhere", GIT_CONFIG_GLOBAL: join(home, ".gitconfig") };
    const env = { ...process.env, HOME: home, ...variables };
    const checkout = await make({ env }).checkOut({ url, branch: "plain" });
    assert.deepEqual(filesBelow(checkout.path), ["a"]);
    assert.equal(existsSync(join(home, "ran")), false);
    await checkout.close();
  });

  it("says so where git is not installed", async () => {
    const message = await failsWith("GIT_FAILED", make({ env: { PATH: temporary } }), { url, branch: "main" });
    assert.match(message, /git is not installed/);
  });
});

describe("createGit over HTTP", () => {
  const me = { username: "me", password: "p%40ss word" };
  let server: GitServer;
  let url: string;
  before(async () => {
    createGitRepository(join(folder, "served", "team", "policies")).commit("main", { "a.yaml": "a: 1\n" });
    server = await startGitServer(join(folder, "served"), me);
    url = `http://${server.host}/team/policies`;
  });
  after(() => server.close());

  it("shows the credentials to a server that asks for them", async () => {
    const checkout = await make().checkOut({ url, branch: "main", credentials: me });
    assert.deepEqual(filesBelow(checkout.path), ["a.yaml"]);
    await checkout.close();
  });

  const rows: readonly (readonly [string, Partial<CheckoutRequest>])[] = [
    ["no credentials", {}],
    ["another password", { credentials: { ...me, password: "guess-1" } }],
    ["another user", { credentials: { ...me, username: "guess-1" } }],
  ];
  for (const [what, more] of rows) {
    it(`is refused with ${what}, and the message has no secret`, async () => {
      const message = await failsWith("GIT_UNAUTHORIZED", make(), { url, branch: "main", ...more });
      assert.doesNotMatch(message, /guess-1|p%40/);
    });
  }

  it("refuses credentials of several lines, which could name another host", async () => {
    const credentials = { username: "me\nhost=evil.invalid", password: "x" };
    await failsWith("USAGE", make(), { url, branch: "main", credentials });
  });

  it("never shows the credentials to another host that the server sends it to", async () => {
    const other = await startGitServer(join(folder, "served"), { username: "other", password: "other" });
    server.redirectTo = `http://${other.host}`;
    await failsWith("GIT_UNAUTHORIZED", make(), { url, branch: "main", credentials: me });
    server.redirectTo = undefined;
    assert.deepEqual(other.authorizations, []);
    await other.close();
  });

  it("does not follow a server to files of this machine", async () => {
    server.redirectTo = `file://${folder}/served`;
    await failsWith("GIT_FAILED", make(), { url, branch: "main", credentials: me });
    server.redirectTo = undefined;
  });

  it("ends with TIMEOUT when the server says nothing", async () => {
    server.isSilent = true;
    const message = await failsWith("TIMEOUT", make({ timeoutMs: 300 }), { url, branch: "main", credentials: me });
    server.isSilent = false;
    assert.match(message, /300 ms/);
  });

  it("ends a fetch that has brought too much", async () => {
    server.isSilent = true;
    const message = await failsWith("LIMIT_EXCEEDED", make({ maxBytes: 10 }), { url, branch: "main" });
    server.isSilent = false;
    assert.match(message, /more than 10 bytes are fetched/);
  });

  it("ends git and removes what it wrote when the process is interrupted", async () => {
    const silent = await startGitServer(join(folder, "served"));
    silent.isSilent = true;
    const options = JSON.stringify({ env: { PATH: process.env["PATH"] }, temporary });
    const request = JSON.stringify({ url: `http://${silent.host}/team/policies`, branch: "main" });
    const script = `import { createGit } from ${JSON.stringify(new URL("./git.ts", import.meta.url).href)};
      await createGit(${options}).checkOut(${request});`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", (_status, signal) => resolve(signal)));
    await silent.asked;
    assert.equal(readdirSync(temporary).length, 1);
    child.kill("SIGINT");
    assert.equal(await ended, "SIGINT");
    assert.deepEqual(readdirSync(temporary), []);
    // git's connection is closed, too: it is not running any more.
    await silent.left;
    await silent.close();
  });

  it("says GIT_NOT_FOUND of a repository that is not there, GIT_FAILED of a server that is not there", async () => {
    const missing = `http://${server.host}/team/none`;
    await failsWith("GIT_NOT_FOUND", make(), { url: missing, branch: "main", credentials: me });
    await failsWith("GIT_FAILED", make(), { url: "http://127.0.0.1:1/team/policies", branch: "main" });
  });
});

describe("createGit with a repository on this machine", () => {
  let repository: GitRepository;
  let commit: string;
  before(() => {
    repository = createGitRepository(join(folder, "revisions.git"));
    commit = repository.commit("main", { "a.txt": "1", ".gitattributes": "a.txt export-ignore" });
    repository.commit("other", { "b.txt": "2" });
  });

  for (const [name, revision, files] of [
    ["HEAD", () => "HEAD", [".gitattributes", "a.txt"]],
    ["a branch", () => "other", ["b.txt"]],
    ["a commit", () => commit, [".gitattributes", "a.txt"]],
    ["the beginning of a commit", () => commit.slice(0, 10), [".gitattributes", "a.txt"]],
  ] as const) {
    it(`opens ${name}`, async () => {
      const checkout = await make().checkOutRevision({ directory: repository.path, revision: revision() });
      assert.deepEqual(filesBelow(checkout.path), files);
      assert.match(checkout.commit, /^[0-9a-f]{40}$/);
      await checkout.close();
      assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
    });
  }

  for (const [name, directory, revision, code] of [
    ["an unknown revision", () => repository.path, "none", "GIT_NOT_FOUND"],
    ["a folder that is no repository", () => folder, "HEAD", "GIT_NOT_FOUND"],
    ["an option", () => repository.path, "--all", "USAGE"],
    ["a range", () => repository.path, "main..other", "USAGE"],
    ["a search", () => repository.path, ":/files", "USAGE"],
  ] as const) {
    it(`${name} is ${code}`, async () => {
      await assert.rejects(make().checkOutRevision({ directory: directory(), revision }), (error) =>
        isAmapError(error, code),
      );
      assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
    });
  }
});
