import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AmapError, type ErrorCode, encodeBase64, encodeUtf8 } from "../../base/index.ts";
import { createDockerCredentials, createDockerLogins } from "./index.ts";

const LOGIN = { username: "alice", password: "s3cret:with:colons" };
const AUTH = encodeBase64(encodeUtf8("alice:s3cret:with:colons"));
const HUB = "https://index.docker.io/v1/";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amap-logins-"));
});
after(() => rm(folder, { recursive: true }));

/** A folder of docker's with this config.json. */
async function dockerFolder(document?: unknown): Promise<{ DOCKER_CONFIG: string; path: string }> {
  const DOCKER_CONFIG = await mkdtemp(join(folder, "c-"));
  const path = join(DOCKER_CONFIG, "config.json");
  if (document !== undefined) await writeFile(path, typeof document === "string" ? document : JSON.stringify(document));
  return { DOCKER_CONFIG, path };
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, "utf8"));
const refuses = (code: ErrorCode) => (error: unknown) => error instanceof AmapError && error.code === code;

/** A helper that keeps logins in a folder, a file for each server, and writes down what it was asked. */
async function helperFolder(): Promise<{ PATH: string; kept: string; log: string }> {
  const bin = await mkdtemp(join(folder, "h-"));
  const [kept, log] = [await mkdtemp(join(folder, "k-")), join(bin, "log")];
  const script = `#!/bin/sh
input=$(cat)
echo "$1 $input" >> ${log}
case $1 in
  store) echo "$input" > ${kept}/entry ;;
  get) if [ -f ${kept}/entry ]; then cat ${kept}/entry; else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) rm ${kept}/entry ;;
esac
`;
  await writeFile(join(bin, "docker-credential-test"), script);
  await chmod(join(bin, "docker-credential-test"), 0o755);
  return { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`, kept, log };
}

describe("createDockerLogins", () => {
  it("makes folder and file, for the owner alone, and what it writes is read back", async () => {
    const env = { HOME: join(folder, "home") };
    const logins = createDockerLogins(env);
    const path = join(env.HOME, ".docker", "config.json");
    assert.equal(await logins.store("127.0.0.1:5000", LOGIN), path);
    assert.deepEqual(await readJson(path), { auths: { "127.0.0.1:5000": { auth: AUTH } } });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(env.HOME, ".docker"))).mode & 0o777, 0o700);
    const found = await createDockerCredentials({ env }).credentialsFor("127.0.0.1:5000");
    assert.deepEqual(found, { kind: "basic", ...LOGIN });
    assert.deepEqual(await readdir(join(env.HOME, ".docker")), ["config.json"]);
  });

  it("changes its own entry only, and takes rights away that a file should not have given", async () => {
    const others = { "ghcr.io": { auth: "b3RoZXI6eA==" }, __proto__x: {} };
    const document = { auths: { ...others, "a.io": { identitytoken: "old" } }, HttpHeaders: { "User-Agent": "x" } };
    const { path, ...env } = await dockerFolder(document);
    await chmod(path, 0o644);
    await createDockerLogins(env).store("a.io", LOGIN);
    assert.deepEqual(await readJson(path), { ...document, auths: { ...others, "a.io": { auth: AUTH } } });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("knows Docker Hub by its historic key", async () => {
    const { path, ...env } = await dockerFolder();
    await createDockerLogins(env).store("docker.io", LOGIN);
    assert.deepEqual(await readJson(path), { auths: { [HUB]: { auth: AUTH } } });
  });

  it("follows a link to the file", async () => {
    const { path: target } = await dockerFolder({});
    const { path, ...env } = await dockerFolder();
    await symlink(target, path);
    await createDockerLogins(env).store("a.io", LOGIN);
    assert.deepEqual(await readJson(target), { auths: { "a.io": { auth: AUTH } } });
  });

  it("of many writers at once none loses its entry", async () => {
    const { path, ...env } = await dockerFolder({ auths: { "old.io": {} } });
    const names = Array.from({ length: 20 }, (_, index) => `r${index}.io`);
    await Promise.all(names.map((name) => createDockerLogins(env).store(name, LOGIN)));
    const { auths } = (await readJson(path)) as { auths: Record<string, unknown> };
    assert.deepEqual(Object.keys(auths).sort(), ["old.io", ...names].sort());
  });

  it("takes over from a writer that has died", async () => {
    const { path, ...env } = await dockerFolder({});
    await writeFile(`${path}.lock`, "");
    await utimes(`${path}.lock`, 1, 1);
    await createDockerLogins(env).store("a.io", LOGIN);
    assert.deepEqual(await readJson(path), { auths: { "a.io": { auth: AUTH } } });
  });

  for (const config of [{ credsStore: "test" }, { credsStore: "other", credHelpers: { "a.io": "test" } }]) {
    it(`gives the login to the helper: ${Object.keys(config).join(", ")}`, async () => {
      const { PATH, kept, log } = await helperFolder();
      const { path, ...place } = await dockerFolder(config);
      const env = { ...place, PATH };
      const logins = createDockerLogins(env);
      assert.equal(await logins.store("a.io", LOGIN), "docker-credential-test");
      const expected = { ServerURL: "a.io", Username: LOGIN.username, Secret: LOGIN.password };
      assert.deepEqual(await readJson(join(kept, "entry")), expected);
      // The file says that there is one, and holds no secret.
      assert.deepEqual(await readJson(path), { ...config, auths: { "a.io": {} } });
      assert.deepEqual(await createDockerCredentials({ env }).credentialsFor("a.io"), { kind: "basic", ...LOGIN });
      assert.deepEqual(await logins.erase("a.io"), { place: "docker-credential-test", isErased: true });
      assert.deepEqual(await readJson(path), { ...config, auths: {} });
      assert.deepEqual(await logins.erase("a.io"), { place: "docker-credential-test", isErased: false });
      assert.match(await readFile(log, "utf8"), /^erase a\.io$/m);
    });
  }

  it("erases every spelling of a registry, and nothing else", async () => {
    const { path, ...env } = await dockerFolder({
      auths: { "a.io": {}, "https://a.io/v2/": {}, "a.io/team": {}, "b.a.io": {} },
    });
    assert.deepEqual(await createDockerLogins(env).erase("a.io"), { place: path, isErased: true });
    assert.deepEqual(await readJson(path), { auths: { "a.io/team": {}, "b.a.io": {} } });
    assert.deepEqual(await createDockerLogins(env).erase("a.io"), { place: path, isErased: false });
  });

  for (const [name, document] of [
    ["no JSON", "{"],
    ["no object", "[]"],
    ["auths that are no object", { auths: [] }],
  ] as const) {
    it(`leaves a file alone that it does not understand: ${name}`, async () => {
      const { path, ...env } = await dockerFolder(document);
      const before = await readFile(path, "utf8");
      await assert.rejects(createDockerLogins(env).store("a.io", LOGIN), refuses("JSON_INVALID"));
      assert.equal(await readFile(path, "utf8"), before);
    });
  }

  it("names no secret when a helper fails, and writes nothing", async () => {
    const { path, ...env } = await dockerFolder({ credsStore: "missing" });
    const before = await readFile(path, "utf8");
    const refused = (error: unknown) =>
      refuses("CREDENTIAL_HELPER_FAILED")(error) && !(error as Error).message.includes(LOGIN.password);
    await assert.rejects(createDockerLogins({ ...env, PATH: folder }).store("a.io", LOGIN), refused);
    assert.equal(await readFile(path, "utf8"), before);
  });

  it("needs a place", async () => {
    await assert.rejects(createDockerLogins({}).store("a.io", LOGIN), refuses("USAGE"));
  });
});
