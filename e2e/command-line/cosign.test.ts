/** amap and cosign 3.1.3 on a real registry: each verifies what the other wrote, in both forms, and refuses the tampered twin. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";

const root = join(import.meta.dirname, "..", "..");
const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-"));
const env = { ...process.env, COSIGN_PASSWORD: "e2e", HOME: folder, NO_COLOR: "1" };

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, words: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: folder, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

const amap = (...words: readonly string[]): Ended => run(process.execPath, [join(root, "bin", "amap.mjs"), ...words]);
const peer = (...words: readonly string[]): Ended => run(cosign, words);

function ok(ended: Ended): Ended {
  assert.equal(ended.status, 0, `${ended.stderr}\n${ended.stdout}`);
  return ended;
}

/** Pushes the demo image under a name of its own and returns it by digest. */
async function push(name: string): Promise<string> {
  const world = createWorld({ offline: false, env });
  const storage = await world.openStorage(parseImageTarget(`${registry}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  return `${registry}/${name}@${built.index.digest}`;
}

const FORMS = ["bundle", "tag"] as const;
type Form = (typeof FORMS)[number];
const AMAP_FORM: Readonly<Record<Form, readonly string[]>> = { bundle: [], tag: ["--new-bundle-format=false"] };
const COSIGN_FORM = (form: Form): readonly string[] =>
  form === "bundle"
    ? ["--signing-config", "sc.json", "--trusted-root", "tr.json"]
    : ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"];
const PREDICATES: readonly (readonly [type: string, file: string])[] = [
  ["cyclonedx", "sbom.json"],
  ["vuln", "scan.json"],
  ["openvex", "vex.json"],
  ["slsaprovenance1", "provenance.json"],
];
const IGNORE = "--insecure-ignore-tlog=true";

before(() => {
  ok(amap("generate-key-pair", "--output-key-prefix", "amap"));
  ok(peer("generate-key-pair", "--output-key-prefix", "peer"));
  ok(amap("generate-key-pair", "--output-key-prefix", "stranger"));
  ok(peer("signing-config", "create", "--out", "sc.json"));
  ok(peer("trusted-root", "create", "--out", "tr.json"));
  ok(amap("demo", "--directory", "demo", "--quiet", "-o", "json"));
  const copy = (from: string, to: string): void =>
    writeFileSync(join(folder, to), readFileSync(join(folder, "demo", "documents", from)));
  copy("sbom.cdx.json", "sbom.json");
  copy("scan.json", "scan.json");
  copy("vex.json", "vex.json");
  copy("provenance.json", "provenance.json");
});

after(() => rmSync(folder, { recursive: true, force: true }));

for (const form of FORMS) {
  describe(`${form} form`, () => {
    test("cosign verifies amap's signature, and refuses it for another key", async () => {
      const image = await push(`amap-sign-${form}`);
      ok(amap("sign", "--key", "amap.key", "-y", ...AMAP_FORM[form], image));
      ok(peer("verify", "--key", "amap.pub", IGNORE, image));
      assert.notEqual(peer("verify", "--key", "stranger.pub", IGNORE, image).status, 0);
    });

    test("amap verifies cosign's signature, and refuses it for another key", async () => {
      const image = await push(`cosign-sign-${form}`);
      ok(peer("sign", "--key", "peer.key", ...COSIGN_FORM(form), "-y", image));
      ok(amap("verify", "--key", "peer.pub", IGNORE, image));
      assert.equal(amap("verify", "--key", "stranger.pub", IGNORE, image).status, 12);
    });

    for (const [type, file] of PREDICATES) {
      test(`cosign verifies amap's ${type} attestation, and refuses it for another key and type`, async () => {
        const image = await push(`amap-attest-${form}-${type}`);
        ok(amap("attest", "--key", "amap.key", "-y", ...AMAP_FORM[form], "--type", type, "--predicate", file, image));
        ok(peer("verify-attestation", "--key", "amap.pub", "--type", type, IGNORE, image));
        assert.notEqual(peer("verify-attestation", "--key", "stranger.pub", "--type", type, IGNORE, image).status, 0);
        assert.notEqual(peer("verify-attestation", "--key", "amap.pub", "--type", "link", IGNORE, image).status, 0);
      });

      test(`amap verifies cosign's ${type} attestation, and refuses it for another key and type`, async () => {
        const image = await push(`cosign-attest-${form}-${type}`);
        ok(peer("attest", "--key", "peer.key", ...COSIGN_FORM(form), "-y", "--type", type, "--predicate", file, image));
        const verified = ok(amap("verify-attestation", "--key", "peer.pub", "--type", type, IGNORE, image));
        assert.match(verified.stdout, /"payloadType":"application\/vnd.in-toto\+json"/);
        assert.equal(amap("verify-attestation", "--key", "stranger.pub", "--type", type, IGNORE, image).status, 12);
        assert.equal(amap("verify-attestation", "--key", "peer.pub", "--type", "link", IGNORE, image).status, 12);
      });
    }

    test("an attestation is not a signature (pain 5)", async () => {
      const image = await push(`attested-only-${form}`);
      ok(
        peer(
          "attest",
          "--key",
          "peer.key",
          ...COSIGN_FORM(form),
          "-y",
          "--type",
          "openvex",
          "--predicate",
          "vex.json",
          image,
        ),
      );
      assert.equal(amap("verify", "--key", "peer.pub", IGNORE, image).status, 10);
    });
  });
}

describe("tampered twins", () => {
  test("a signature moved to another image is refused by both", async () => {
    const image = await push("moved");
    ok(amap("sign", "--key", "amap.key", "-y", "--new-bundle-format=false", image));
    const [repository = "", digest = ""] = image.split("@");
    const other = await pushOther("moved");
    const tag = (name: string): string => name.replace(":", "-");
    await copyManifest(repository, `${tag(digest)}.sig`, `${tag(other)}.sig`);
    assert.equal(amap("verify", "--key", "amap.pub", IGNORE, `${repository}@${other}`).status, 12);
    assert.notEqual(peer("verify", "--key", "amap.pub", IGNORE, `${repository}@${other}`).status, 0);
  });

  for (const form of FORMS) {
    for (const maker of ["amap", "cosign"] as const) {
      test(`a changed byte in ${maker}'s signed payload is refused by both (${form} form)`, async () => {
        const image = await push(`changed-${form}-${maker}`);
        const predicate = ["--type", "openvex", "--predicate", "vex.json", image];
        if (maker === "amap") ok(amap("attest", "--key", "amap.key", "-y", ...AMAP_FORM[form], ...predicate));
        else ok(peer("attest", "--key", "peer.key", ...COSIGN_FORM(form), "-y", ...predicate));
        const key = maker === "amap" ? "amap.pub" : "peer.pub";
        const words = ["verify-attestation", "--key", key, "--type", "openvex", IGNORE, image];
        ok(amap(...words));
        ok(peer(...words));
        await changePayload(image, form);
        assert.equal(amap(...words).status, 12);
        assert.notEqual(peer(...words).status, 0);
      });
    }
  }

  test("unsigned is not the same as out of reach", async () => {
    const image = await push("unsigned");
    assert.equal(amap("verify", "--key", "amap.pub", IGNORE, image).status, 10);
    assert.equal(amap("verify", "--key", "amap.pub", IGNORE, "127.0.0.1:1/nowhere:v1").status, 3);
    assert.equal(amap("verify", "--key", "amap.pub", IGNORE, `${registry}/unsigned:absent`).status, 11);
  });
});

describe("two at once", () => {
  for (const form of FORMS) {
    test(`six parallel attestations in ${form} form lose nothing (pain 2)`, async () => {
      const image = await push(`parallel-${form}`);
      const words = [
        "attest",
        "--key",
        "amap.key",
        "-y",
        ...AMAP_FORM[form],
        "--type",
        "openvex",
        "--predicate",
        "vex.json",
        image,
      ];
      const command = `for i in 1 2 3 4 5 6; do "$@" & pids="$pids $!"; done; for p in $pids; do wait $p || exit 1; done`;
      ok(run("bash", ["-c", command, "bash", process.execPath, join(root, "bin", "amap.mjs"), ...words]));
      const verified = ok(amap("verify-attestation", "--key", "amap.pub", "--type", "openvex", IGNORE, image));
      assert.equal(verified.stdout.trim().split("\n").length, 6);
    });
  }
});

/** Another image in the same repository. */
async function pushOther(name: string): Promise<string> {
  const world = createWorld({ offline: false, env });
  const storage = await world.openStorage(parseImageTarget(`${registry}/${name}:other`));
  const built = await buildImage(world, storage, {
    ...storefrontImage(join(root, "examples"), "other"),
    createdAt: "2026-02-02T00:00:00Z",
  });
  await world.close();
  return built.index.digest;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

interface StoredManifest {
  readonly config: { readonly digest: string };
  layers: { digest: string; size: number }[];
}

/**
 * Changes one byte of the signed payload and stores everything around it anew, so that all digests are right again and
 * only the signature can tell.
 */
async function changePayload(image: string, form: Form): Promise<void> {
  const [name = "", digest = ""] = image.slice(registry.length + 1).split("@");
  const tag = `${digest.replace(":", "-")}${form === "tag" ? ".att" : ""}`;
  const top = JSON.parse((await get(name, `manifests/${tag}`)).toString());
  const manifest: StoredManifest =
    form === "tag" ? top : JSON.parse((await get(name, `manifests/${top.manifests[0].digest}`)).toString());
  const [layer] = manifest.layers;
  assert.ok(layer !== undefined);
  const text = (await get(name, `blobs/${layer.digest}`)).toString();
  const changed = text.replace(
    /("payload":")(.{100})(.)/,
    (_, head: string, kept: string, byte: string) => `${head}${kept}${byte === "A" ? "B" : "A"}`,
  );
  assert.notEqual(changed, text);
  const blob = Buffer.from(changed);
  manifest.layers = [{ ...layer, digest: await putBlob(name, blob), size: blob.length }];
  const bytes = Buffer.from(JSON.stringify(manifest));
  if (form === "tag") return putManifest(name, tag, MANIFEST, bytes);
  const changedDigest = digestOf(bytes);
  await putManifest(name, changedDigest, MANIFEST, bytes);
  top.manifests = [{ ...top.manifests[0], digest: changedDigest, size: bytes.length }];
  return putManifest(name, tag, INDEX, Buffer.from(JSON.stringify(top)));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function get(name: string, path: string): Promise<Buffer> {
  const response = await fetch(`http://${registry}/v2/${name}/${path}`, {
    headers: { accept: `${MANIFEST}, ${INDEX}` },
  });
  assert.equal(response.status, 200, path);
  return Buffer.from(await response.arrayBuffer());
}

async function putBlob(name: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const started = await fetch(`http://${registry}/v2/${name}/blobs/uploads/`, { method: "POST" });
  const place = new URL(started.headers.get("location") ?? "", `http://${registry}`);
  place.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  const ended = await fetch(place, { method: "PUT", headers, body: new Uint8Array(bytes) });
  assert.equal(ended.status, 201);
  return digest;
}

async function putManifest(name: string, reference: string, type: string, bytes: Buffer): Promise<void> {
  const url = `http://${registry}/v2/${name}/manifests/${reference}`;
  const response = await fetch(url, { method: "PUT", headers: { "content-type": type }, body: new Uint8Array(bytes) });
  assert.equal(response.status, 201);
}

async function copyManifest(repository: string, from: string, to: string): Promise<void> {
  const [host = "", ...path] = repository.split("/");
  const url = (tag: string): string => `http://${host}/v2/${path.join("/")}/manifests/${tag}`;
  const type = "application/vnd.oci.image.manifest.v1+json";
  const source = await fetch(url(from), { headers: { accept: type } });
  assert.equal(source.status, 200);
  const response = await fetch(url(to), {
    method: "PUT",
    headers: { "content-type": type },
    body: Buffer.from(await source.arrayBuffer()),
  });
  assert.equal(response.status, 201);
}

test("the peers are the ones that were asked for", () => {
  assert.match(execFileSync(cosign, ["version"], { encoding: "utf8", env }), /v3\.1\.3/);
});
