import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, type ErrorCode, isAmapError } from "../../base/index.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { prepareApplication } from "./apply-policies.ts";
import { type GitAccess, GitFolders, type GitPlace, isGitAddress, parseGitAddress } from "./git-folders.ts";
import { runTests, type TestReport } from "./run-test.ts";
import { parseTestSelector } from "./test-selector.ts";

const URL = "https://git.example/team/policies";
const fails = (code: ErrorCode) => (error: unknown) => isAmapError(error, code);
const policy = (name: string): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - name: ${name}\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: "a*"}}}\n`;
const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: []}\n`;
const test = (policies: string, resources: string): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [${policies}]\nresources: [${resources}]\nresults:\n- {policy: named, rule: named, kind: Pod, resources: [a], result: pass}\n`;

describe("parseGitAddress reads addresses as Kyverno does", () => {
  const rows: readonly (readonly [string, string | undefined, Omit<GitPlace, "url">])[] = [
    [URL, undefined, { branch: "main", folder: "/" }],
    [URL, "", { branch: "main", folder: "/" }],
    [`${URL}/`, undefined, { branch: "main", folder: "/" }],
    [`${URL}/release`, undefined, { branch: "release", folder: "/" }],
    [`${URL}/release/1.0/`, undefined, { branch: "release/1.0", folder: "/" }],
    [URL, "release", { branch: "release", folder: "/" }],
    [`${URL}/`, "release", { branch: "release", folder: "/" }],
    [`${URL}/pods/base`, "release", { branch: "release", folder: "/pods/base" }],
    [`${URL}//pods/`, "release", { branch: "release", folder: "/pods" }],
  ];
  for (const [address, branch, expected] of rows) {
    it(`${address} with ${branch ?? "no"} branch`, () => {
      assert.deepEqual(parseGitAddress(address, branch), { url: URL, ...expected });
    });
  }

  it("takes a host in any form", () => {
    for (const host of ["git.example", "git.example:8443", "10.0.0.1", "[::1]:8443"]) {
      assert.equal(parseGitAddress(`https://${host}/a/b/dev`).url, `https://${host}/a/b`);
    }
  });

  it("takes a user name and a password out of the address", () => {
    const place = parseGitAddress("http://me:p%40ss:word@git.example:8080/team/policies/dev");
    assert.deepEqual(place, {
      url: "http://git.example:8080/team/policies",
      branch: "dev",
      folder: "/",
      credentials: { username: "me", password: "p@ss:word" },
    });
    assert.deepEqual(parseGitAddress("https://token@git.example/a/b").credentials, { username: "token", password: "" });
  });

  for (const address of [
    "https://git.example",
    "https://git.example/team",
    "https://git.example/team/",
    "https:///team/policies",
    `${URL}?ref=main`,
    `${URL}#main`,
    "https://me:secret@git.example/team",
    "https://me:%zz@git.example/team/policies",
    "https://me:se/secret@git.example/team/policies",
    "https://me:se/secret?x@git.example/team/policies",
    "https://me:secret#x/y@git.example/team/policies/main",
  ]) {
    it(`refuses ${address} without showing a password`, () => {
      assert.throws(
        () => parseGitAddress(address),
        (error) => isAmapError(error, "USAGE") && !/secret|%zz/.test(error.message),
      );
    });
  }

  it("tells addresses from paths", () => {
    assert.deepEqual(["https://a/b/c", "http://a", "git@a:b/c", "./https://a", "file:///a", "-"].map(isGitAddress), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("GitFolders", () => {
  const open = async (
    files: Readonly<Record<string, string>>,
    access: GitAccess = {},
  ): Promise<{ world: FakeWorld; folders: GitFolders }> => {
    const world = createFakeWorld({ "/etc/secret.yaml": "secret" });
    world.git.publish(URL, "main", files);
    return { world, folders: new GitFolders(world, access) };
  };

  it("fetches a branch once, whatever folders of it are named, and removes it", async () => {
    const { world, folders } = await open({ "a/x.yaml": "x", "b/y.yaml": "y" }, { branch: "main" });
    const [a, b] = [await folders.open(`${URL}/a`, "root"), await folders.open(`${URL}/b`, "address")];
    assert.deepEqual([a.path, b.path], ["/a", `${URL}/b`]);
    assert.equal(decodeUtf8(await a.world.files.read("/a/x.yaml", 10)), "x");
    assert.equal(decodeUtf8(await b.world.files.read(`${URL}/b/y.yaml`, 10)), "y");
    assert.deepEqual(world.git.counts, { made: 1, open: 1 });
    await folders.close();
    assert.deepEqual(world.git.counts, { made: 1, open: 0 });
  });

  for (const path of [
    "/etc/secret.yaml",
    "../../etc/secret.yaml",
    "/a/../../../etc/secret.yaml",
    `${URL}/../../etc/secret.yaml`,
  ]) {
    it(`reads ${path} inside of the checkout, never on this machine`, async () => {
      const outside = await open({ "a/x.yaml": "x" });
      const folder = await outside.folders.open(URL, "address");
      await assert.rejects(folder.world.files.read(path, 10), fails("FILE_NOT_FOUND"));
      const inside = await open({ "etc/secret.yaml": "own" });
      const own = await inside.folders.open(URL, "address");
      assert.equal(decodeUtf8(await own.world.files.read(path, 10)), "own");
    });
  }

  it("asks for nothing outside of the checkout, whatever the path", async () => {
    const { world } = await open({ "a/x.yaml": "x" });
    const asked: string[] = [];
    const kindOf = async (path: string): Promise<"file"> => {
      asked.push(path);
      return "file";
    };
    const folders = new GitFolders({ ...world, files: { ...world.files, kindOf } });
    const views = [await folders.open(URL, "root"), await folders.open(URL, "address")];
    const part = fc.oneof(fc.constantFrom("..", ".", "", "a", URL, "https:", "/", "//"), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.constantFrom(...views), async (parts, view) => {
        await view.world.files.kindOf(parts.join("/"));
        const [first, root, id, ...rest] = (asked.pop() ?? "").split("/");
        assert.deepEqual([first, root, id], ["", "checkouts", "1"]);
        assert.ok(rest.every((segment) => segment !== ".." && segment !== "." && segment !== ""));
      }),
    );
  });

  it("names files as the user knows them, also in errors", async () => {
    const { folders } = await open({ "a/x.yaml": "x" });
    const { world } = await folders.open(URL, "address");
    await assert.rejects(world.files.read(`${URL}/none.yaml`, 10), (error) => {
      assert.ok(isAmapError(error, "FILE_NOT_FOUND"));
      assert.match(error.message, /^https:\/\/git\.example\/team\/policies\/none\.yaml:/);
      return true;
    });
  });

  it("does not follow a link that came into a checkout, and changes no file", async () => {
    const { world, folders } = await open({ "a/x.yaml": "x" });
    const folder = await folders.open(URL, "root");
    world.files.makeDirectory("/checkouts/1");
    assert.equal(await folder.world.files.kindOf("/a"), "directory");
    for (const change of [
      folder.world.files.write("/a/x.yaml", new Uint8Array()),
      folder.world.files.remove("/a"),
      folder.world.files.makeDirectory("/b"),
    ]) {
      await assert.rejects(change, fails("BUG"));
    }
  });

  it("says so when the folder is not in the repository, and removes the checkout", async () => {
    const { world, folders } = await open({ "a/x.yaml": "x" }, { branch: "main" });
    await assert.rejects(folders.open(`${URL}/b`, "root"), (error) => {
      return isAmapError(error, "FILE_NOT_FOUND") && /branch main\) has no folder \/b/.test(error.message);
    });
    await folders.close();
    assert.equal(world.git.counts.open, 0);
  });

  it("shows given credentials to one server only", async () => {
    const credentials = { username: "me", password: "secret" };
    const { world, folders } = await open({ "a.yaml": "a" }, { credentials });
    world.git.publish("https://other.example/a/b", "main", {});
    await folders.open(URL, "root");
    await assert.rejects(folders.open("https://other.example/a/b", "root"), fails("USAGE"));
    assert.equal(world.git.counts.made, 1);
    await folders.close();
  });
});

describe("policies and tests of git repositories", () => {
  const world = createFakeWorld({
    "/pods.yaml": `${pod("a")}---\n${pod("b")}`,
    "/local.yaml": policy("local"),
    "/policy.yaml": policy("of-this-machine"),
  });
  world.git.publish(URL, "main", {
    "base/named.yaml": policy("named"),
    "base/objects.yaml": pod("a"),
    "base/test/kyverno-test.yaml": test("../named.yaml", "../objects.yaml"),
    "base/chart/values.yaml": "a: 1\n",
    "base/chart/templates/pod.yaml": "a: {{ .Values.a }}\n",
    "base/chart/templates/policy.yaml": "apiVersion: kyverno.io/v1\na: {{ .Values.a }}\n",
    "base/.hidden/policy.yaml": policy("hidden"),
    "base/.hidden/part.yaml": "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: part}\n",
    "base/other.yaml": "apiVersion: policies.kyverno.io/v1\nkind: LaterPolicy\nmetadata: {name: later}\n",
    "escape/kyverno-test.yaml": test("../../../../policy.yaml", "/pods.yaml"),
  });
  world.git.publish(URL, "broken", {
    "a.yaml": "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: b}\n",
  });
  const request = {
    targetResources: [],
    exceptions: [],
    exceptionsWithinPolicies: false,
    exceptionsWithinResources: false,
    set: [],
  };

  it("applies the policies of a folder beside local ones, and leaves out what is not a policy", async () => {
    const application = await prepareApplication(world, {
      ...request,
      policies: [`${URL}/base`, "/local.yaml"],
      resources: ["/pods.yaml"],
      git: { branch: "main" },
    });
    assert.deepEqual(
      application.set.plans.map((plan) => plan.policy),
      ["hidden", "named", "local"],
    );
    assert.deepEqual(
      application.set.broken.map(({ name, source, code }) => ({ name, source, code })),
      [
        { name: "", source: `${URL}/base/chart/templates/policy.yaml`, code: "YAML_INVALID" },
        { name: "later", source: `${URL}/base/other.yaml`, code: "NOT_SUPPORTED" },
      ],
    );
    assert.ok(application.set.warnings.some((text) => /left out: .*\.hidden\/part\.yaml.*spec/s.test(text)));
    assert.ok(application.set.warnings.some((text) => /left out, it is no YAML: .*templates\/pod\.yaml/.test(text)));
    const statuses: string[] = [];
    for await (const { runs } of application.apply()) {
      for (const run of runs) statuses.push(...run.responses.map(({ rule, status }) => `${rule} ${status}`));
    }
    assert.deepEqual(statuses, ["hidden pass", "named pass", "local pass", "hidden fail", "named fail", "local fail"]);
    assert.equal(world.git.counts.open, 0);
  });

  it("shows no password of an address where there is no policy", async () => {
    world.git.publish(
      "https://git.example/team/empty",
      "main",
      { "a.txt": "" },
      { username: "me", password: "secret" },
    );
    const policies = ["https://me:secret@git.example/team/empty"];
    await assert.rejects(prepareApplication(world, { ...request, policies, resources: ["/pods.yaml"] }), (error) => {
      return isAmapError(error, "POLICY_INVALID") && !/secret/.test(error.message) && /team\/empty/.test(error.message);
    });
  });

  it("reports a broken policy of a repository", async () => {
    const policies = [`${URL}/broken`];
    const { set } = await prepareApplication(world, { ...request, policies, resources: ["/pods.yaml"] });
    assert.deepEqual(
      set.broken.map(({ name, source }) => [name, source]),
      [["b", `${URL}/a.yaml`]],
    );
  });

  const runAll = async (folder: string, branch: string): Promise<readonly TestReport[]> => {
    const select = parseTestSelector("policy=*");
    const reports: TestReport[] = [];
    const options = { fileName: "kyverno-test.yaml", select, git: { branch } };
    for await (const report of runTests(world, [folder], options)) reports.push(report);
    return reports;
  };

  it("runs the tests of a folder, whose files may be anywhere in the repository", async () => {
    const reports = await runAll(`${URL}/base`, "main");
    assert.deepEqual(
      reports.map(({ path, rows }) => [path, rows.map(({ result }) => result)]),
      [["/base/test/kyverno-test.yaml", ["Pass"]]],
    );
    assert.equal(world.git.counts.open, 0);
  });

  it("does not let a test of a repository read the files of this machine", async () => {
    await assert.rejects(runAll(`${URL}/escape`, "main"), (error) => {
      return isAmapError(error, "FILE_NOT_FOUND") && /policy\.yaml/.test(error.message);
    });
    assert.equal(world.git.counts.open, 0);
  });
});
