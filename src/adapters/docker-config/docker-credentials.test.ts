import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AmapError, type ErrorCode, encodeBase64, encodeUtf8 } from "../../base/index.ts";
import type { RegistryCredentials } from "../../ports/index.ts";
import { createDockerCredentials } from "./index.ts";

const base64 = (text: string): string => encodeBase64(encodeUtf8(text));
const ANONYMOUS: RegistryCredentials = { kind: "anonymous" };
const ALICE: RegistryCredentials = { kind: "basic", username: "alice", password: "s3cret:with:colons" };
const ALICE_AUTH = { auth: base64("alice:s3cret:with:colons") };
const HUB = "https://index.docker.io/v1/";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amap-docker-"));
});
after(() => rm(folder, { recursive: true }));

async function writeConfig(document: unknown): Promise<string> {
  const path = join(await mkdtemp(join(folder, "c-")), "config.json");
  await writeFile(path, typeof document === "string" ? document : JSON.stringify(document));
  return path;
}

const entries: readonly { name: string; auths: unknown; registry: string; expected: RegistryCredentials }[] = [
  { name: "a host", auths: { "ghcr.io": ALICE_AUTH }, registry: "ghcr.io", expected: ALICE },
  { name: "a host with a port", auths: { "127.0.0.1:5000": ALICE_AUTH }, registry: "127.0.0.1:5000", expected: ALICE },
  {
    name: "another port is another registry",
    auths: { "a.io:1": ALICE_AUTH },
    registry: "a.io:2",
    expected: ANONYMOUS,
  },
  {
    name: "a host of which it is a part",
    auths: { "evil-ghcr.io": ALICE_AUTH },
    registry: "ghcr.io",
    expected: ANONYMOUS,
  },
  { name: "a key with a scheme", auths: { "https://quay.io": ALICE_AUTH }, registry: "quay.io", expected: ALICE },
  { name: "a key with /v2/", auths: { "https://quay.io/v2/": ALICE_AUTH }, registry: "quay.io", expected: ALICE },
  {
    name: "a key with a path names more than a registry",
    auths: { "quay.io/team": ALICE_AUTH },
    registry: "quay.io",
    expected: ANONYMOUS,
  },
  { name: "Docker Hub's historic key", auths: { [HUB]: ALICE_AUTH }, registry: "docker.io", expected: ALICE },
  {
    name: "Docker Hub's other names",
    auths: { "docker.io": ALICE_AUTH },
    registry: "index.docker.io",
    expected: ALICE,
  },
  {
    name: "user name and password in clear",
    auths: { a: { username: "bob", password: "p" } },
    registry: "a",
    expected: { kind: "basic", username: "bob", password: "p" },
  },
  {
    name: "a password padded with NUL",
    auths: { a: { auth: base64("bob:p\0\0") } },
    registry: "a",
    expected: { kind: "basic", username: "bob", password: "p" },
  },
  {
    name: "an identity token goes before the password",
    auths: { a: { ...ALICE_AUTH, identitytoken: "t" } },
    registry: "a",
    expected: { kind: "identityToken", token: "t" },
  },
  {
    name: "a registry token",
    auths: { a: { registrytoken: "t" } },
    registry: "a",
    expected: { kind: "bearer", token: "t" },
  },
  { name: "an empty entry", auths: { a: {} }, registry: "a", expected: ANONYMOUS },
  { name: "inherited names are no entries", auths: {}, registry: "constructor", expected: ANONYMOUS },
  { name: "no auths", auths: null, registry: "a", expected: ANONYMOUS },
];

describe("createDockerCredentials: auths", () => {
  for (const { name, auths, registry, expected } of entries) {
    it(name, async () => {
      const configPath = await writeConfig({ auths });
      assert.deepEqual(await createDockerCredentials({ configPath, env: {} }).credentialsFor(registry), expected);
    });
  }

  const broken: readonly (readonly [string, unknown])[] = [
    ["no JSON", `{"auths": {"a": {"auth": "${ALICE_AUTH.auth}"`],
    ["a repeated key", `{"auths": {}, "auths": {"a": {"auth": "${ALICE_AUTH.auth}"}}}`],
    ["an auth that is not base64", { auths: { a: { auth: "s3cret!" } } }],
    ["an auth without a colon", { auths: { a: { auth: base64("s3cret") } } }],
  ];
  for (const [name, document] of broken) {
    it(`${name} is JSON_INVALID and the message holds no secret`, async () => {
      const configPath = await writeConfig(document);
      await rejectsWith("JSON_INVALID", () => createDockerCredentials({ configPath, env: {} }).credentialsFor("a"));
    });
  }
});

const credentialsIn = async (env: Record<string, string>): Promise<RegistryCredentials> =>
  createDockerCredentials({ env }).credentialsFor("a");

const entry = (username: string) => ({ auths: { a: { auth: base64(`${username}:p`) } } });

const named = (username: string): RegistryCredentials => ({ kind: "basic", username, password: "p" });

describe("createDockerCredentials: files", () => {
  it("DOCKER_CONFIG, then REGISTRY_AUTH_FILE, then XDG_RUNTIME_DIR; the first with an entry wins", async () => {
    const docker = await writeConfig(entry("docker"));
    const podman = await writeConfig(entry("podman"));
    const runtime = await mkdtemp(join(folder, "run-"));
    await mkdir(join(runtime, "containers"));
    await writeFile(join(runtime, "containers", "auth.json"), JSON.stringify(entry("runtime")));
    const dockerEnv = { DOCKER_CONFIG: join(docker, "..") };
    const all = { ...dockerEnv, REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime };
    assert.deepEqual(await credentialsIn(all), named("docker"));
    assert.deepEqual(await credentialsIn({ ...all, DOCKER_CONFIG: folder }), named("podman"));
    assert.deepEqual(await credentialsIn({ XDG_RUNTIME_DIR: runtime }), named("runtime"));
    await writeFile(docker, JSON.stringify({ auths: {} }));
    assert.deepEqual(await credentialsIn(all), named("podman"));
  });

  it("$HOME/.docker/config.json without DOCKER_CONFIG, and nothing at all is anonymous", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    assert.deepEqual(await credentialsIn({ HOME: home }), ANONYMOUS);
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker", "config.json"), JSON.stringify(entry("home")));
    assert.deepEqual(await credentialsIn({ HOME: home }), { kind: "basic", username: "home", password: "p" });
    assert.deepEqual(await credentialsIn({}), ANONYMOUS);
  });

  it("a file that cannot be read is FILE_UNREADABLE, not anonymous", async () => {
    await rejectsWith("FILE_UNREADABLE", () =>
      createDockerCredentials({ configPath: folder, env: {} }).credentialsFor("a"),
    );
  });
});

const PATHS = {
  "quay.io": entryOf("registry"),
  "quay.io/team": entryOf("team"),
  "https://quay.io/team/app/": entryOf("app"),
  "other.io/team": entryOf("other"),
};

function entryOf(username: string): { readonly auth: string } {
  return { auth: base64(`${username}:p`) };
}

describe("createDockerCredentials: logins for a path", () => {
  const rows: readonly (readonly [registry: string, repository: string, expected: string | undefined])[] = [
    ["quay.io", "team/app", "app"],
    ["quay.io", "team/app/part", "app"],
    ["quay.io", "team/application", "team"],
    ["quay.io", "teams", "registry"],
    ["quay.io", "x", "registry"],
    ["other.io", "team/x", "other"],
    ["other.io", "x", undefined],
    ["team", "app", undefined],
  ];
  for (const [registry, repository, expected] of rows) {
    it(`${registry}/${repository}: ${expected ?? "anonymous"}`, async () => {
      const credentials = createDockerCredentials({ configPath: await writeConfig({ auths: PATHS }), env: {} });
      const found = await credentials.credentialsFor(registry, repository);
      const path = { app: "team/app", team: "team", other: "team" }[expected ?? ""];
      const own = path === undefined ? {} : { path };
      assert.deepEqual(found, expected === undefined ? ANONYMOUS : { ...named(expected), ...own });
    });
  }
});

describe("createDockerCredentials: pull secrets", () => {
  const secret = (document: unknown) => [
    { name: "the Secret shop/login", bytes: encodeUtf8(JSON.stringify(document)) },
  ];

  it("goes before the files, and is read once", async () => {
    let reads = 0;
    const configPath = await writeConfig({ auths: { a: entryOf("file"), b: entryOf("file") } });
    const documents = async () => {
      reads += 1;
      return secret({ auths: { a: entryOf("secret") } });
    };
    const credentials = createDockerCredentials({ configPath, env: {}, documents });
    assert.deepEqual(await credentials.credentialsFor("a", "x"), named("secret"));
    assert.deepEqual(await credentials.credentialsFor("b", "x"), named("file"));
    assert.equal(reads, 1);
  });

  it("a broken one is JSON_INVALID with its name", async () => {
    const documents = async () => [{ name: "the Secret shop/login", bytes: encodeUtf8('{"auths": s3cret') }];
    const credentials = createDockerCredentials({ configPath: "/nowhere", env: {}, documents });
    await rejectsWith("JSON_INVALID", () => credentials.credentialsFor("a"), /the Secret shop\/login/);
  });
});

describe("createDockerCredentials: clouds", () => {
  const rows: readonly (readonly [registry: string, helpers: readonly string[]])[] = [
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", ["ecr-login"]],
    ["public.ecr.aws", ["ecr-login"]],
    ["gcr.io", ["gcr", "gcloud"]],
    ["eu.gcr.io", ["gcr", "gcloud"]],
    ["europe-west1-docker.pkg.dev", ["gcr", "gcloud"]],
    ["shop.azurecr.io", ["acr-env", "acr"]],
    ["evil-gcr.io.example", []],
    ["evilgcr.io", []],
    ["shop.azurecr.io.example", []],
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com.example", []],
    ["ghcr.io", []],
  ];
  const asking = (registry: string, options: { cloud?: boolean; env?: Record<string, string>; answer?: string }) => {
    const asked: string[] = [];
    const runHelper = async (helper: string): Promise<string> => {
      asked.push(helper);
      if (options.answer !== undefined) return options.answer;
      throw new AmapError("CREDENTIAL_HELPER_FAILED", "is not installed", { details: { isMissing: true } });
    };
    const { cloud = true, env = {} } = options;
    const credentials = createDockerCredentials({ configPath: "/nowhere", env, runHelper, cloud });
    return credentials.credentialsFor(registry).then((found) => ({ found, asked }));
  };
  for (const [registry, helpers] of rows) {
    it(`${registry}: ${helpers.join(", ") || "no helper"}; none of them installed is anonymous`, async () => {
      assert.deepEqual(await asking(registry, {}), { found: ANONYMOUS, asked: helpers });
    });
  }

  it("what a helper has counts; without the flag none is asked", async () => {
    const answer = JSON.stringify({ Username: "AWS", Secret: "s3cret" });
    const found: RegistryCredentials = { kind: "basic", username: "AWS", password: "s3cret" };
    assert.deepEqual(await asking("public.ecr.aws", { answer }), { found, asked: ["ecr-login"] });
    assert.deepEqual(await asking("public.ecr.aws", { answer, cloud: false }), { found: ANONYMOUS, asked: [] });
  });

  it("a helper that fails is no anonymous", async () => {
    await rejectsWith("CREDENTIAL_HELPER_FAILED", () => asking("gcr.io", { answer: "s3cret" }));
  });

  it("GITHUB_TOKEN is for ghcr.io alone", async () => {
    const env = { GITHUB_TOKEN: "s3cret", GITHUB_ACTOR: "octo" };
    const found: RegistryCredentials = { kind: "basic", username: "octo", password: "s3cret" };
    assert.deepEqual((await asking("ghcr.io", { env })).found, found);
    assert.deepEqual((await asking("quay.io", { env })).found, ANONYMOUS);
    assert.deepEqual((await asking("ghcr.io", { env, cloud: false })).found, ANONYMOUS);
  });
});

const ask = async (document: unknown, answer: string, registry = "a"): Promise<[RegistryCredentials, string[]]> => {
  const asked: string[] = [];
  const runHelper = async (helper: string, question: string): Promise<string> => {
    asked.push(`${helper} ${question}`);
    return answer;
  };
  const configPath = await writeConfig(document);
  return [await createDockerCredentials({ configPath, env: {}, runHelper }).credentialsFor(registry), asked];
};

describe("createDockerCredentials: helpers", () => {
  const answer = JSON.stringify({ ServerURL: "a", Username: "carol", Secret: "s3cret" });
  const carol: RegistryCredentials = { kind: "basic", username: "carol", password: "s3cret" };

  it("a registry's own helper goes before the store, the store before auths", async () => {
    const both = { credHelpers: { a: "own" }, credsStore: "store", auths: { a: ALICE_AUTH } };
    assert.deepEqual(await ask(both, answer), [carol, ["own a"]]);
    assert.deepEqual(await ask(both, answer, "b"), [carol, ["store b"]]);
  });

  it("Docker Hub is asked for by its historic key", async () => {
    assert.deepEqual(await ask({ credsStore: "store" }, answer, "docker.io"), [carol, [`store ${HUB}`]]);
    assert.deepEqual(await ask({ credHelpers: { "docker.io": "own" } }, answer, "docker.io"), [carol, [`own ${HUB}`]]);
  });

  it("a helper that has nothing leaves what the file holds, or anonymous", async () => {
    const nothing = "credentials not found in native keychain\n";
    assert.deepEqual((await ask({ credsStore: "store" }, nothing))[0], ANONYMOUS);
    assert.deepEqual((await ask({ credsStore: "store", auths: { a: ALICE_AUTH } }, nothing))[0], ALICE);
  });

  it("the user name <token> means an identity token", async () => {
    const [found] = await ask({ credsStore: "store" }, JSON.stringify({ Username: "<token>", Secret: "t" }));
    assert.deepEqual(found, { kind: "identityToken", token: "t" });
  });

  for (const output of ["s3cret", '{"Username":"carol","Secret":7}', '["s3cret"]', ""]) {
    it(`output ${JSON.stringify(output)} is CREDENTIAL_HELPER_FAILED without the output`, async () => {
      await rejectsWith("CREDENTIAL_HELPER_FAILED", () => ask({ credsStore: "store" }, output));
    });
  }

  for (const helper of ["../evil", "a b", "-rf", "a;b", "a/b", "", "x".repeat(65), "a\nb"]) {
    it(`no helper is run by the name ${JSON.stringify(helper.slice(0, 10))}`, async () => {
      if (helper === "") return assert.deepEqual(await ask({ credsStore: helper }, answer), [ANONYMOUS, []]);
      return rejectsWith("CREDENTIAL_HELPER_FAILED", () => ask({ credsStore: helper }, answer));
    });
  }
});

const run = async (script: string): Promise<RegistryCredentials> => {
  const bin = await mkdtemp(join(folder, "bin-"));
  const program = join(bin, "docker-credential-test");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const env = { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  const configPath = await writeConfig({ credsStore: "test" });
  return createDockerCredentials({ configPath, env }).credentialsFor("ghcr.io");
};

describe("createDockerCredentials: helper programs", { skip: process.platform === "win32" }, () => {
  it("is asked by `get` with the registry on its input", async () => {
    const script = 'read server; printf \'{"Username":"%s","Secret":"%s"}\' "$1" "$server"';
    assert.deepEqual(await run(script), { kind: "basic", username: "get", password: "ghcr.io" });
  });

  it("that has nothing is anonymous", async () => {
    assert.deepEqual(await run('echo "credentials not found in native keychain"; exit 1'), ANONYMOUS);
  });

  const failures: readonly (readonly [string, string])[] = [
    ["that fails", "echo s3cret; echo s3cret >&2; exit 3"],
    ["that prints without end", "while :; do echo s3cret-s3cret-s3cret-s3cret-s3cret; done"],
  ];
  for (const [name, script] of failures) {
    it(`${name} is CREDENTIAL_HELPER_FAILED`, () => rejectsWith("CREDENTIAL_HELPER_FAILED", () => run(script)));
  }

  it("that is not installed is CREDENTIAL_HELPER_FAILED", async () => {
    const configPath = await writeConfig({ credsStore: "not-installed" });
    const credentials = createDockerCredentials({ configPath, env: { PATH: folder } });
    await rejectsWith("CREDENTIAL_HELPER_FAILED", () => credentials.credentialsFor("a"), /not installed/);
  });
});

/** Fails with this code, and neither the error nor what it wraps repeats a secret. */
async function rejectsWith(code: ErrorCode, run: () => Promise<unknown>, message = /./): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    const shown = `${error.message} ${error.hint} ${JSON.stringify(error.details)} ${String(error.cause)}`;
    assert.doesNotMatch(shown, /s3cret|czNjcmV0/);
    return true;
  });
}
