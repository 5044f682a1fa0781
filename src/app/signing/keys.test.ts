import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, test } from "node:test";
import { AmapError, type ErrorCode, encodeBase64, encodeUtf8, memberOf, type Value } from "../../base/index.ts";
import { type HttpClient, type HttpResponse, SECRETS } from "../../ports/index.ts";
import { createFakeCluster, type FakeCluster } from "../../testing/fake-cluster.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import type { World } from "../world.ts";
import { parseKeySecret } from "./key-reference.ts";
import { generateKeyPair, generateKeyPairSecret, importKeyPair, openSigner, readTrustedKey } from "./keys.ts";

const PASSWORD = "correct horse";
const message = encodeUtf8("a message");

async function refuses(made: Promise<unknown>, code: ErrorCode, text?: RegExp): Promise<void> {
  await assert.rejects(made, (error) => {
    assert.ok(error instanceof AmapError);
    assert.equal(error.code, code, error.message);
    if (text !== undefined) assert.match(`${error.message}\n${error.hint}`, text);
    return true;
  });
}

async function textOf(world: World, path: string): Promise<string> {
  return new TextDecoder().decode(await world.files.read(path, 100_000));
}

const pemOf = (key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1" = "pkcs8"): string =>
  key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString();

describe("key pairs in files", () => {
  test("what is generated opens with its password and fits its public half", async () => {
    const world = createFakeWorld();
    const made = await generateKeyPair(world, "my", PASSWORD);
    assert.deepEqual([made.privateKeyPath, made.publicKeyPath], ["my.key", "my.pub"]);
    const signer = await openSigner(world, "my.key", PASSWORD);
    const trusted = await readTrustedKey(world, "my.pub");
    assert.equal(trusted.pem, signer.publicKeyPem);
    await refuses(openSigner(world, "my.key", "wrong"), "KEY_PASSWORD", /^my\.key: /);
    await refuses(openSigner(world, "my.pub", PASSWORD), "KEY_INVALID", /^my\.pub: /);
    await refuses(readTrustedKey(world, "my.key"), "KEY_INVALID", /^my\.key: .*private/);
  });

  test("nothing that exists is overwritten, and no half is left behind", async () => {
    const world = createFakeWorld({ "a.key": "kept", "b.pub": "kept" });
    await refuses(generateKeyPair(world, "a", PASSWORD), "USAGE", /a\.key exists/);
    await refuses(generateKeyPair(world, "b", PASSWORD), "USAGE", /b\.pub exists/);
    assert.deepEqual([await textOf(world, "a.key"), await textOf(world, "b.pub")], ["kept", "kept"]);
    assert.equal(await world.files.kindOf("b.key"), undefined);
  });

  test("a password is asked for only when a key needs it", async () => {
    const world = createFakeWorld();
    const never = (): string => assert.fail("asked");
    await refuses(openSigner(world, "none.key", never), "FILE_NOT_FOUND");
    await refuses(importKeyPair(world, "none.pem", "x", never, { overwrite: false }), "FILE_NOT_FOUND");
    await generateKeyPair(world, "k", () => PASSWORD);
    assert.equal((await openSigner(world, "k.key", () => PASSWORD)).publicKey.algorithm, "ecdsa-p256");
  });
});

describe("importKeyPair", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
  const ed25519 = generateKeyPairSync("ed25519").privateKey;
  for (const [what, pem, algorithm] of [
    ["RSA in PKCS #1", pemOf(rsa, "pkcs1"), "rsa"],
    ["RSA in PKCS #8", pemOf(rsa), "rsa"],
    ["P-384 in SEC 1", pemOf(ec, "sec1"), "ecdsa-p384"],
    ["P-384 in PKCS #8", pemOf(ec), "ecdsa-p384"],
    ["Ed25519", pemOf(ed25519), "ed25519"],
  ] as const) {
    test(`${what}: what it signs its public half verifies`, async () => {
      const world = createFakeWorld({ "plain.pem": pem });
      await importKeyPair(world, "plain.pem", "imported", PASSWORD, { overwrite: false });
      const signer = await openSigner(world, "imported.key", PASSWORD);
      assert.equal(signer.publicKey.algorithm, algorithm);
      assert.equal(signer.publicKeyPem, await textOf(world, "imported.pub"));
      const signature = await signer.sign(message);
      assert.equal(signer.publicKey.verifies(message, signature), true);
      assert.equal(signer.publicKey.verifies(encodeUtf8("A message"), signature), false);
    });
  }

  test("overwrites both files when it is told to, else neither", async () => {
    const world = createFakeWorld({ "plain.pem": pemOf(ec), "x.key": "kept", "x.pub": "kept" });
    await refuses(importKeyPair(world, "plain.pem", "x", PASSWORD, { overwrite: false }), "USAGE", /--yes/);
    assert.deepEqual([await textOf(world, "x.key"), await textOf(world, "x.pub")], ["kept", "kept"]);
    await importKeyPair(world, "plain.pem", "x", PASSWORD, { overwrite: true });
    assert.equal((await openSigner(world, "x.key", PASSWORD)).publicKeyPem, await textOf(world, "x.pub"));
  });

  test("writes nothing for a key that is refused", async () => {
    const world = createFakeWorld({ "plain.pem": "no key" });
    await refuses(importKeyPair(world, "plain.pem", "x", PASSWORD, { overwrite: false }), "KEY_INVALID", /^plain\.pem/);
    assert.equal(await world.files.kindOf("x.key"), undefined);
  });
});

/** A world with a cluster, an environment and a web server in memory. */
function worldWith(
  parts: {
    readonly cluster?: FakeCluster;
    readonly env?: Readonly<Record<string, string>>;
    readonly answers?: Readonly<Record<string, Partial<HttpResponse>>>;
  } = {},
): FakeWorld & { readonly asked: string[] } {
  const asked: string[] = [];
  const http: HttpClient = {
    send: async ({ url }) => {
      asked.push(url);
      const answer = parts.answers?.[url];
      return { status: 404, headers: {}, body: new Uint8Array(), ...answer };
    },
    stream: async () => assert.fail("not streamed"),
    close: async () => {
      asked.push("closed");
    },
  };
  return {
    ...createFakeWorld(),
    environment: (name) => parts.env?.[name],
    openCluster: async () => parts.cluster ?? assert.fail("no cluster"),
    openHttp: async () => http,
    asked,
  };
}

describe("key pairs in a Secret", () => {
  const kinds = [SECRETS];
  const target = "k8s://shop/signing";
  const name = { namespace: "shop", name: "signing" };

  test("hold key, public half and password as cosign writes them, and cannot be changed", async () => {
    const cluster = createFakeCluster(kinds);
    const world = worldWith({ cluster });
    const made = await generateKeyPairSecret(world, target, "cosign", PASSWORD);
    assert.deepEqual(made, { secret: name, publicKeyPath: "cosign.pub" });
    const secret = await createdIn(cluster);
    const data = memberOf(secret, "data") as Record<string, string>;
    assert.deepEqual(Object.keys(data).sort(), ["cosign.key", "cosign.password", "cosign.pub"]);
    assert.equal(data["cosign.password"], encodeBase64(encodeUtf8(PASSWORD)));
    assert.equal(memberOf(secret, "immutable"), true);
    assert.equal(data["cosign.pub"], encodeBase64(encodeUtf8(await textOf(world, "cosign.pub"))));
  });

  test("are opened with the password beside them, and read to verify with", async () => {
    const cluster = createFakeCluster(kinds);
    const world = worldWith({ cluster });
    await generateKeyPairSecret(world, target, "cosign", PASSWORD);
    const signer = await openSigner(worldWith({ cluster: cluster }), target, () => assert.fail("asked"));
    const trusted = await readTrustedKey(worldWith({ cluster: cluster }), target);
    assert.deepEqual([trusted.name, trusted.pem], [target, signer.publicKeyPem]);
  });

  test("whose public half cannot be written are there, and the error says how to read it", async () => {
    const cluster = createFakeCluster(kinds);
    const world = worldWith({ cluster });
    const files = {
      ...world.files,
      write: async () => {
        throw new AmapError("FILE_UNREADABLE", "cannot write cosign.pub");
      },
    };
    await assert.rejects(generateKeyPairSecret({ ...world, files }, target, "cosign", PASSWORD), (error) => {
      assert.ok(error instanceof AmapError && error.code === "FILE_UNREADABLE");
      assert.match(error.hint ?? "", /public-key --key k8s:\/\/shop\/signing/);
      return true;
    });
    assert.notEqual(await createdIn(cluster), undefined);
  });

  test("keep what else the Secret holds", async () => {
    const cluster = createFakeCluster(kinds);
    const metadata = { namespace: "shop", name: "signing", labels: { team: "a" } };
    await cluster.create(SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data: { other: "AAAA" } });
    await generateKeyPairSecret(worldWith({ cluster }), target, "cosign", PASSWORD);
    const secret = await createdIn(cluster);
    assert.equal(memberOf(memberOf(secret, "data"), "other"), "AAAA");
    assert.deepEqual(memberOf(memberOf(secret, "metadata"), "labels"), { team: "a" });
  });

  for (const [what, extra] of [
    ["holds a key", { data: { "cosign.key": "AAAA" } }],
    ["cannot be changed", { data: {}, immutable: true }],
  ] as const) {
    test(`are not made where a Secret ${what}`, async () => {
      const cluster = createFakeCluster(kinds);
      await cluster.create(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: name, ...extra });
      const world = worldWith({ cluster });
      await refuses(
        generateKeyPairSecret(world, target, "cosign", PASSWORD),
        "USAGE",
        /k8s:\/\/shop\/signing: .*exists/,
      );
      assert.equal(await world.files.kindOf("cosign.pub"), undefined);
    });
  }

  for (const [what, data, code] of [
    ["without the key's entry", {}, "KEY_INVALID"],
    ["with an entry that is not base64", { "cosign.key": "*" }, "KEY_INVALID"],
    ["with an entry that is not text", { "cosign.key": "/w==" }, "KEY_INVALID"],
    ["with an entry that is no key", { "cosign.key": "AAAA" }, "KEY_INVALID"],
  ] as const) {
    test(`a Secret ${what} is refused`, async () => {
      const cluster = createFakeCluster(kinds);
      await cluster.create(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: name, data });
      await refuses(openSigner(worldWith({ cluster }), target, PASSWORD), code, /^k8s:\/\/shop\/signing: /);
    });
  }

  test("a Secret that is not there is refused", async () => {
    const world = worldWith({ cluster: createFakeCluster(kinds) });
    await refuses(readTrustedKey(world, target), "CLUSTER_NOT_FOUND", /generate-key-pair/);
  });

  for (const text of ["k8s://shop", "k8s://shop/", "k8s:///signing", "k8s://a/b/c", "shop/signing"]) {
    test(`${text} names no Secret`, () => assert.throws(() => parseKeySecret(text), /expected k8s:\/\//));
  }
});

/** The one Secret of a cluster; the cluster was closed by whoever used it. */
async function createdIn(cluster: FakeCluster): Promise<Value | undefined> {
  return cluster.get(SECRETS, { namespace: "shop", name: "signing" });
}

describe("other references", () => {
  const publicPem = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
    type: "spki",
    format: "pem",
  });
  const body = encodeUtf8(publicPem.toString());
  const https = "https://keys.example/cosign.pub";

  test("env:// is the text in a variable", async () => {
    const world = worldWith({ env: { KEY: publicPem.toString() } });
    assert.equal((await readTrustedKey(world, "env://KEY")).pem, publicPem);
    await refuses(readTrustedKey(world, "env://OTHER"), "USAGE", /OTHER is not set/);
  });

  test("https:// is what lies at the address", async () => {
    const world = worldWith({ answers: { [https]: { status: 200, body } } });
    assert.equal((await readTrustedKey(world, https)).pem, publicPem);
    assert.deepEqual(world.asked, [https, "closed"]);
  });

  test("no message and no result shows a login or a query of an address", async () => {
    const signed = `${https}?token=s3cret`;
    const world = worldWith({ answers: { [signed]: { status: 200, body } } });
    assert.equal((await readTrustedKey(world, signed)).name, https);
    for (const address of [signed, "https://me:s3cret@keys.example/cosign.pub", "https://me:s3cret@:x"]) {
      await assert.rejects(
        readTrustedKey(worldWith(), address),
        (error) => error instanceof AmapError && !error.message.includes("s3cret"),
      );
    }
  });

  test("redirects are followed, a few of them, and never away from https", async () => {
    const to = (location: string): Partial<HttpResponse> => ({ status: 302, headers: { location } });
    const last = "https://cdn.example/cosign.pub";
    const followed = worldWith({ answers: { [https]: to(last), [last]: { status: 200, body } } });
    assert.equal((await readTrustedKey(followed, https)).pem, publicPem);
    await refuses(readTrustedKey(worldWith({ answers: { [https]: to(https) } }), https), "KEY_INVALID", /redirects/);
    const plain = worldWith({ answers: { [https]: to("http://cdn.example/cosign.pub") } });
    await refuses(readTrustedKey(plain, https), "KEY_INVALID", /redirect to https/);
    assert.deepEqual(plain.asked, [https, "closed"]);
  });

  for (const [what, address, answer, code] of [
    ["nothing at the address", https, {}, "KEY_INVALID"],
    ["bytes that are not text", https, { status: 200, body: Uint8Array.of(0xff) }, "KEY_INVALID"],
    ["a page", https, { status: 200, body: encodeUtf8("<html>") }, "KEY_INVALID"],
    ["no address", "https://", {}, "USAGE"],
  ] as const) {
    test(`${what} is refused`, () =>
      refuses(readTrustedKey(worldWith({ answers: { [address]: answer } }), address), code));
  }

  const elsewhere = "awskms://alias/a gcpkms://projects/p azurekms://v/k hashivault://k pkcs11:token=a github://o/r";
  for (const reference of `${elsewhere} gitlab://o/r file:///a.pub`.split(" ")) {
    test(`${reference} is not supported yet`, async () => {
      await refuses(readTrustedKey(worldWith(), reference), "NOT_SUPPORTED", /k8s:\/\//);
      await refuses(openSigner(worldWith(), reference, PASSWORD), "NOT_SUPPORTED");
    });
  }
});
