/** What `amap apply` reads: standard input of every kind, patterns of paths, custom kinds, context files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readJson, readYaml, type Value } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-apply-input-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const policy = (name: string, kinds: string, rule: string): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - name: ${name}\n    match: {any: [{resources: {kinds: [${kinds}]}}]}\n${rule}`;
const OWNED = '    validate: {message: "who owns it?", pattern: {metadata: {labels: {owner: "?*"}}}}\n';
const asks = (entry: string, value: string, wanted: string): string =>
  `    context: [{name: found, ${entry}}]\n    validate: {message: "not ${wanted}", deny: {conditions: {all: [{key: "{{ ${value} }}", operator: NotEquals, value: "${wanted}"}]}}}\n`;
const pod = (name: string, labels = "{}"): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: ${labels}}\nspec: {containers: [{name: a, image: "nginx:1.27"}]}\n`;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(["apply", ...words]);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => {
  writeTree(folder, {
    "owned.yaml": policy("owned", "Pod", OWNED),
    "objects/a.yaml": pod("a", "{owner: x}"),
    "objects/b.yaml": pod("b"),
    "objects/.hidden.yaml": pod("hidden"),
    "objects/deep/er/c.yaml": pod("c"),
    "objects/notes.txt": "nothing",
    "ox.yaml": "apiVersion: example.com/v1\nkind: Ox\nmetadata: {name: ox}\n",
    "crd.yaml":
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: oxen.example.com}\nspec: {group: example.com, scope: Cluster, names: {plural: oxen, kind: Ox}, versions: [{name: v1, served: true, storage: true}]}\n",
    "not-a-crd.yaml": pod("a"),
    "ox-policy.yaml": policy(
      "ox",
      "Ox",
      asks("apiCall: {urlPath: /apis/example.com/v1/oxen/ox, jmesPath: metadata.namespace || 'none'}", "found", "none"),
    ),
    "context.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Context\nmetadata: {name: c}\nspec:\n  resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {answer: yes please}}]\n  images: [{image: nginx, digest: 'sha256:0', config: {user: nobody}}]\n",
    "settings.yaml": policy(
      "settings",
      "Pod",
      asks(
        "apiCall: {urlPath: /api/v1/namespaces/shop/configmaps/settings, jmesPath: data.answer}",
        "found",
        "yes please",
      ),
    ),
    "image.yaml": policy("image", "Pod", asks("imageRegistry: {reference: nginx}", "found.configData.user", "nobody")),
    "other-image.yaml": policy(
      "image",
      "Pod",
      asks("imageRegistry: {reference: other}", "found.configData.user", "nobody"),
    ),
    "global.yaml": policy(
      "global",
      "Pod",
      asks('globalReference: {name: maps, jmesPath: "[0].data.answer"}', "found", "yes please"),
    ),
    "entry.yaml":
      "apiVersion: kyverno.io/v2\nkind: GlobalContextEntry\nmetadata: {name: maps}\nspec: {kubernetesResource: {version: v1, resource: configmaps, namespace: shop}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {answer: yes please}\n",
    "broken-entry.yaml": "apiVersion: kyverno.io/v2\nkind: GlobalContextEntry\nmetadata: {name: maps}\nspec: {}\n",
    "deployment.yaml":
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {}, template: {metadata: {labels: {}}, spec: {containers: [{name: a, image: 'registry.local:5000/a/b:1'}], hostNetwork: true}}}\n",
    "secure.yaml": policy("secure", "Pod", "    validate: {podSecurity: {level: baseline, version: latest}}\n"),
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("paths of objects", () => {
  const patterns: readonly (readonly [pattern: string, exit: number, counts: string])[] = [
    ["objects/*.yaml", 1, "pass: 1, fail: 1"],
    ["objects/?.yaml", 1, "pass: 1, fail: 1"],
    ["objects/a*", 0, "pass: 1, fail: 0"],
    ["objects/**/*.yaml", 1, "pass: 1, fail: 2"],
    ["objects/**/c.yaml", 1, "pass: 0, fail: 1"],
    ["objects/*/*/*.yaml", 1, "pass: 0, fail: 1"],
    ["objects/.h*", 1, "pass: 0, fail: 1"],
  ];
  for (const [pattern, exit, counts] of patterns) {
    it(pattern, async () => {
      const { stdout } = await run(exit, at("owned.yaml"), "-r", at(pattern));
      assert.ok(stdout.includes(counts), stdout);
    });
  }

  it("what matches nothing is an error", async () => {
    for (const pattern of ["objects/*.json", "nowhere/*.yaml", "objects/a.yaml/*"]) {
      assert.equal((await run(2, at("owned.yaml"), "-r", at(pattern))).code, "FILE_NOT_FOUND");
    }
    assert.equal((await run(2, at("nothing-*.yaml"), "-r", at("objects"))).code, "FILE_NOT_FOUND");
  });

  it("standard input holds one thing", async () => {
    assert.equal((await run(2, "-", "-r", "-")).code, "USAGE");
    assert.equal((await run(2, at("owned.yaml"), "-r", "-", "-r", "-")).code, "USAGE");
  });
});

describe("standard input", () => {
  /** Runs amap with a socket, or a pipe, as its standard input. */
  function amap(
    words: readonly string[],
    input: Socket | "pipe",
    text: string,
  ): Promise<{ exit: number; stdout: string }> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "apply", ...words], {
        stdio: [input, "pipe", "inherit"],
        env: { ...process.env, NO_COLOR: "1" },
      });
      let stdout = "";
      child.stdout?.setEncoding("utf8").on("data", (part: string) => (stdout += part));
      child.on("close", (code) => resolve({ exit: code ?? -1, stdout }));
      child.stdin?.end(text);
    });
  }

  async function withSocket<T>(text: string, use: (socket: Socket) => Promise<T>): Promise<T> {
    let server: Server | undefined;
    const accepted = new Promise<Socket>((resolve) => {
      server = createServer({ pauseOnConnect: true }, resolve);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const address = server?.address();
    if (address === null || typeof address !== "object") throw new Error("the server has no address");
    const client = connect(address.port, "127.0.0.1");
    client.end(text);
    const socket = await accepted;
    try {
      return await use(socket);
    } finally {
      socket.destroy();
      client.destroy();
      server?.close();
    }
  }

  const both = `${pod("good", "{owner: a}")}---\n${pod("bad")}`;

  it("is a pipe", async () => {
    const ended = await amap([at("owned.yaml"), "-r", "-"], "pipe", both);
    assert.equal(ended.exit, 1);
    assert.ok(ended.stdout.includes("pass: 1, fail: 1"), ended.stdout);
    const policies = await amap(["-", "-r", at("objects/a.yaml")], "pipe", policy("owned", "Pod", OWNED));
    assert.equal(policies.exit, 0, policies.stdout);
  });

  it("is a socket", async () => {
    const ended = await withSocket(both, (socket) => amap([at("owned.yaml"), "-r", "-"], socket, ""));
    assert.equal(ended.exit, 1);
    assert.ok(ended.stdout.includes("pass: 1, fail: 1"), ended.stdout);
    const policies = await withSocket(policy("owned", "Pod", OWNED), (socket) =>
      amap(["-", "-r", at("objects/a.yaml")], socket, ""),
    );
    assert.equal(policies.exit, 0, policies.stdout);
  });
});

describe("custom kinds", () => {
  it("have the scope and plural that their definition says", async () => {
    const with_ = await run(0, at("ox-policy.yaml"), "-r", at("ox.yaml"), "--crd-paths", at("crd.yaml"));
    assert.match(with_.stdout, /pass: 1/);
    await run(0, at("ox-policy.yaml"), "-r", at("ox.yaml"), "--crd-path", at("crd.yaml"));
    // Without it nobody knows the plural, and the object is taken for one of a namespace.
    assert.match((await run(1, at("ox-policy.yaml"), "-r", at("ox.yaml"))).stdout, /error: 1/);
  });

  it("a file without a definition is an error", async () => {
    const refused = await run(2, at("ox-policy.yaml"), "-r", at("ox.yaml"), "--crd-paths", at("not-a-crd.yaml"));
    assert.equal(refused.code, "VALUE_INVALID");
  });
});

describe("a context file", () => {
  it("gives objects and images, and no others", async () => {
    const context = ["--context-file", at("context.yaml"), "-r", at("objects/a.yaml")];
    await run(0, at("settings.yaml"), ...context);
    await run(1, at("settings.yaml"), "-r", at("objects/a.yaml"));
    await run(0, at("image.yaml"), ...context);
    assert.match((await run(1, at("other-image.yaml"), ...context)).stdout, /nothing looks up imageData/);
  });
});

describe("GlobalContextEntries among the objects", () => {
  it("are read and not judged", async () => {
    const { stdout } = await run(0, at("global.yaml"), "-r", at("objects/a.yaml"), "-r", at("entry.yaml"));
    assert.match(stdout, /to 2 resource\(s\)[^]*pass: 1/);
    const broken = await run(2, at("global.yaml"), "-r", at("objects/a.yaml"), "-r", at("broken-entry.yaml"));
    assert.equal(broken.code, "POLICY_INVALID");
  });
});

describe("exceptions that are generated", () => {
  it("let through what failed, and nothing else", async () => {
    const { stdout } = await run(1, at("owned.yaml"), "-r", at("objects/*.yaml"), "--generate-exceptions");
    const [exception, ...others] = readYaml(stdout) as readonly Value[];
    assert.deepEqual(others, []);
    assert.deepEqual(exception, {
      apiVersion: "kyverno.io/v2",
      kind: "PolicyException",
      metadata: { name: "owned-owned-default-b", labels: { "cleanup.kyverno.io/ttl": "720h0m0s" } },
      spec: {
        exceptions: [{ policyName: "owned", ruleNames: ["owned"] }],
        match: { all: [{ resources: { kinds: ["Pod"], names: ["b"], namespaces: ["default"] } }] },
      },
    });
    writeTree(folder, { "exceptions.yaml": stdout });
    const excepted = await run(0, at("owned.yaml"), "-r", at("objects/*.yaml"), "-e", at("exceptions.yaml"));
    assert.match(excepted.stdout, /pass: 1, fail: 0, warn: 0, error: 0, skip: 1/);
    await run(1, at("owned.yaml"), "-r", at("objects/**/c.yaml"), "-e", at("exceptions.yaml"));
  });

  it("name the rules of autogen, and the controls of pod security with any tag", async () => {
    const words = ["-r", at("deployment.yaml"), "--generate-exceptions", "--generated-exception-ttl", "0"];
    const { stdout } = await run(1, at("secure.yaml"), ...words, "--output-format", "json");
    const exception = readJson(stdout.trim());
    assert.deepEqual(exception, {
      apiVersion: "kyverno.io/v2",
      kind: "PolicyException",
      metadata: { name: "secure-autogen-secure-default-web" },
      spec: {
        exceptions: [{ policyName: "secure", ruleNames: ["autogen-secure", "secure"] }],
        match: {
          all: [{ resources: { kinds: ["Deployment", "Pod"], names: ["web", "web-*"], namespaces: ["default"] } }],
        },
        podSecurity: [{ controlName: "Host Namespaces" }],
      },
    });
    writeTree(folder, { "secure-exceptions.yaml": stdout });
    await run(0, at("secure.yaml"), "-r", at("deployment.yaml"), "-e", at("secure-exceptions.yaml"));
  });

  it("take a duration", async () => {
    const words = [at("owned.yaml"), "-r", at("objects/b.yaml"), "--generate-exceptions"];
    assert.equal((await run(2, ...words, "--generated-exception-ttl", "soon")).code, "USAGE");
    const { stdout } = await run(1, ...words, "--generated-exception-ttl", "90m");
    assert.match(stdout, /ttl: "1h30m0s"/);
  });
});

describe("flags", () => {
  const owned = (...more: readonly string[]): readonly string[] => [
    at("owned.yaml"),
    "-r",
    at("objects/a.yaml"),
    ...more,
  ];

  it("of a cluster say that they have no effect without one", async () => {
    const { stderr } = await run(0, ...owned("-n", "shop", "--kubeconfig", "x", "--batch-size", "5"));
    assert.match(stderr, /--kubeconfig has no effect[^]*--namespace has no effect[^]*--batch-size has no effect/);
  });

  it("that always hold are taken", async () => {
    await run(0, ...owned("--continue-on-fail", "--continue-on-error", "--concurrent", "3"));
    await run(0, ...owned("--continue-on-error=false"));
    assert.match((await run(0, ...owned("--show-performance"))).stderr, /performance: 1 object\(s\)/);
  });

  const refused: readonly (readonly [words: readonly string[], code: string])[] = [
    [owned("--concurrent", "0"), "USAGE"],
    [owned("--concurrent", "many"), "USAGE"],
    [owned("--cluster", "--batch-size", "100000"), "USAGE"],
    [owned("--cluster", "--kubeconfig", "/nonexistent/config"), "FILE_NOT_FOUND"],
    [owned("--cluster", "--kubeconfig", "x", "--crd-paths", "x"), "USAGE"],
    [owned("--json", "x"), "USAGE"],
    [owned("--http-payload", "x"), "FILE_NOT_FOUND"],
    [owned("--parameter-resource", "x"), "FILE_NOT_FOUND"],
    [[at("owned.yaml"), "--cluster", "--parameter-resource", "x"], "USAGE"],
    [owned("--policy-report", "--report", "json"), "USAGE"],
    [[at("owned.yaml")], "USAGE"],
  ];
  for (const [words, code] of refused) {
    it(`${words.slice(1).join(" ").replaceAll(folder, "")} is ${code}`, async () => {
      assert.equal((await run(2, ...words)).code, code);
    });
  }

  it("--offline opens no socket to a cluster", async () => {
    const ended = await runAmap(["--offline", "apply", at("owned.yaml"), "--cluster"]);
    assert.deepEqual([ended.exit, ended.code], [2, "OFFLINE"]);
  });
});
