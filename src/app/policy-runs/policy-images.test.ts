import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type Descriptor, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { decodeUtf8, type ErrorCode, encodeUtf8, isAmapError, LIMITS, readJson, readYaml } from "../../base/index.ts";
import type { FakeOciStorage } from "../../testing/fake-oci-storage.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { type ImageTarget, parseImageTarget } from "../image-target.ts";
import { pullPolicyImage, pushPolicyImage, readPolicyBundle, savePolicies } from "./policy-images.ts";

const fails = (code: ErrorCode, pattern = /./) => {
  return (error: unknown) => isAmapError(error, code) && pattern.test(error.message);
};
const policy = (name: string, kind = "ClusterPolicy", namespace = ""): string =>
  `apiVersion: kyverno.io/v1\nkind: ${kind}\nmetadata: {name: "${name}"${namespace === "" ? "" : `, namespace: ${namespace}`}}\nspec:\n  rules:\n  - name: named\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: "a*"}}}\n`;

const FILES = {
  "/policies/a.yaml": `${policy("first")}---\n${policy("second", "Policy", "shop")}`,
  "/policies/deep/b.yml": `apiVersion: v1\nkind: List\nitems:\n- ${policy("third").trimEnd().replaceAll("\n", "\n  ")}\n`,
  "/policies/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n",
  "/broken/a.yaml": `${policy("good")}---\n${policy("bad").replace("pattern", "patern")}`,
  "/refused/a.yaml": policy("bad").replace("failureAction", "mutate: {}, failureAction"),
  "/yaml/a.yaml": "a: [",
  "/empty/readme.txt": "",
  "/others/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n",
  "/file": "",
};
const TARGET = parseImageTarget("registry.example/team/policies:v1");

describe("images of policies", () => {
  let world: FakeWorld;
  let storage: FakeOciStorage;
  beforeEach(() => {
    world = createFakeWorld(FILES);
    storage = world.storageOf("registry.example/team/policies");
  });

  const push = async (path: string, target: ImageTarget = TARGET): Promise<Descriptor> => {
    return pushPolicyImage(world, (await readPolicyBundle(world, path)).policies, target);
  };
  const layersOf = async (descriptor: Descriptor): Promise<readonly Descriptor[]> => {
    const manifest = await storage.readManifest(descriptor.digest);
    return (readJson(manifest?.bytes ?? "{}") as unknown as { layers: Descriptor[] }).layers;
  };

  it("are pushed as Kyverno writes them: a layer a policy with its annotations, and its configuration", async () => {
    const descriptor = await push("/policies");
    assert.equal((await storage.resolve("v1"))?.digest, descriptor.digest);
    const layers = await layersOf(descriptor);
    assert.deepEqual(
      layers.map(({ mediaType, annotations }) => ({ mediaType, annotations })),
      [
        ["ClusterPolicy", "first"],
        ["Policy", "second"],
        ["ClusterPolicy", "third"],
      ].map(([kind, name]) => ({
        mediaType: "application/vnd.cncf.kyverno.policy.layer.v1+yaml",
        annotations: {
          "io.kyverno.image.apiVersion": "kyverno.io/v1",
          "io.kyverno.image.kind": kind,
          "io.kyverno.image.name": name,
        },
      })),
    );
    const bytes = (await storage.readManifest(descriptor.digest))?.bytes ?? new Uint8Array();
    const { config, mediaType } = readJson(bytes) as unknown as { config: Descriptor; mediaType: string };
    assert.equal(mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.equal(config.mediaType, "application/vnd.cncf.kyverno.config.v1+json");
    // What kyverno 1.19.1 writes; found by pushing with it.
    assert.equal(config.digest, "sha256:5b943e2b943f6c81dbbd4e2eca5121f4fcc39139e3d1219d6d89bd925b77d9fe");
  });

  it("come back as they were pushed, and what is no policy is told and left out", async () => {
    const given = await readPolicyBundle(world, "/policies");
    assert.deepEqual(given.leftOut, ["Pod p"]);
    await push("/policies");
    const pulled = await pullPolicyImage(world, TARGET);
    assert.deepEqual(pulled.policies, given.policies);
    assert.deepEqual(pulled.leftOut, []);
    const paths = await savePolicies(world, pulled.policies, "/out");
    assert.deepEqual(paths, ["/out/first.yaml", "/out/second.yaml", "/out/third.yaml"]);
    const text = decodeUtf8(await world.files.read("/out/first.yaml", 10_000)) ?? "";
    assert.deepEqual(readYaml(text), readYaml(policy("first")));
    assert.equal((await world.files.list("/out", 10))[0]?.mode, 0o600);
  });

  it("are the same image when pushed again, and another one when a policy changes", async () => {
    const first = await push("/policies/a.yaml");
    assert.equal((await push("/policies/a.yaml")).digest, first.digest);
    assert.notEqual((await push("/policies")).digest, first.digest);
  });

  const notPushed: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
    ["a folder with a broken policy", "/broken", "POLICY_INVALID", /^\/broken\/a\.yaml: .*patern/],
    ["a policy that cannot be compiled", "/refused", "POLICY_INVALID", /^\/refused\/a\.yaml: /],
    ["a file that is no YAML", "/yaml", "YAML_INVALID", /^\/yaml\/a\.yaml/],
    ["a folder without a file", "/empty", "POLICY_INVALID", /found none/],
    ["a folder with other objects only", "/others", "POLICY_INVALID", /found only Pod p/],
    ["what is not there", "/none", "FILE_NOT_FOUND", /\/none/],
  ];
  for (const [what, path, code, pattern] of notPushed) {
    it(`are not pushed from ${what}`, async () => {
      await assert.rejects(push(path), fails(code, pattern));
      assert.deepEqual(await storage.listTags(), []);
    });
  }

  it("are pushed to tags, latest where none is named, and never to a digest", async () => {
    await push("/policies", parseImageTarget("registry.example/team/policies"));
    assert.deepEqual(await storage.listTags(), ["latest"]);
    const digest = `sha256:${"0".repeat(64)}`;
    for (const name of [`registry.example/team/policies@${digest}`, `oci:layout@${digest}`]) {
      await assert.rejects(push("/policies", parseImageTarget(name)), fails("REFERENCE_INVALID", /expected a tag/));
    }
  });

  it("are refused when they are too large, before anything is written", async () => {
    const policies = [{ kind: "ClusterPolicy", name: "a", yaml: "x".repeat(LIMITS.policyLayerBytes + 1) }] as const;
    await assert.rejects(pushPolicyImage(world, policies, TARGET), fails("LIMIT_EXCEEDED"));
    assert.equal(storage.calls.get("writeBlob"), undefined);
  });

  describe("when they are pulled", () => {
    /** Writes an image of these layers. */
    const publish = async (
      texts: readonly (string | Uint8Array)[],
      change: (layers: Descriptor[]) => readonly Descriptor[] = (layers) => layers,
      mediaType = "application/vnd.cncf.kyverno.policy.layer.v1+yaml",
    ): Promise<Descriptor> => {
      const layers: Descriptor[] = [];
      for (const text of texts) {
        const bytes = typeof text === "string" ? encodeUtf8(text) : text;
        layers.push({ mediaType, ...(await storage.writeBlob(bytes)) });
      }
      const config = { mediaType: MEDIA_TYPES.emptyConfig, ...(await storage.writeBlob(encodeUtf8("{}"))) };
      const bytes = encodeManifest({
        kind: "manifest",
        mediaType: MEDIA_TYPES.manifest,
        config,
        layers: change(layers),
      });
      return storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
    };

    it("are refused when a byte of a layer was changed", async () => {
      const [layer] = await layersOf(await publish([policy("a")]));
      assert.equal((await pullPolicyImage(world, TARGET)).policies.length, 1);
      storage.corrupt(layer?.digest ?? assert.fail());
      await assert.rejects(pullPolicyImage(world, TARGET), fails("BLOB_DIGEST_MISMATCH"));
    });

    it("are refused when a byte of the manifest was changed", async () => {
      const { digest } = await publish([policy("a")]);
      storage.corrupt(digest);
      await assert.rejects(pullPolicyImage(world, TARGET), fails("BLOB_DIGEST_MISMATCH"));
    });

    it("are refused when a layer is gone, or has another size than it says", async () => {
      const [layer] = await layersOf(await publish([policy("a")]));
      storage.lose(layer?.digest ?? assert.fail());
      await assert.rejects(pullPolicyImage(world, TARGET), fails("BLOB_NOT_FOUND"));
      await publish([policy("a")], (layers) => layers.map((each) => ({ ...each, size: each.size + 1 })));
      await assert.rejects(pullPolicyImage(world, TARGET), fails("BLOB_SIZE_MISMATCH"));
    });

    it("are refused when layers say that they are too large, alone or together, before one is read", async () => {
      await publish([policy("a")], ([layer]) => [{ ...(layer as Descriptor), size: LIMITS.policyLayerBytes + 1 }]);
      await assert.rejects(pullPolicyImage(world, TARGET), fails("LIMIT_EXCEEDED", /in a layer/));
      const many = LIMITS.policyImageBytes / LIMITS.policyLayerBytes + 1;
      await publish([policy("a")], ([layer]) =>
        Array.from({ length: many }, () => ({ ...(layer as Descriptor), size: LIMITS.policyLayerBytes })),
      );
      await assert.rejects(pullPolicyImage(world, TARGET), fails("LIMIT_EXCEEDED", /in an image/));
      assert.equal(storage.calls.get("readBlob"), undefined);
    });

    const refused: readonly (readonly [string, string | Uint8Array, ErrorCode])[] = [
      ["an unknown field", policy("a").replace("pattern", "patern"), "POLICY_INVALID"],
      ["text that is no YAML", "a: [", "YAML_INVALID"],
      ["bytes that are no text", Uint8Array.of(0x61, 0xff, 0xfe), "YAML_INVALID"],
      ["a document that is no object", "- 1\n", "VALUE_INVALID"],
    ];
    for (const [what, text, code] of refused) {
      it(`are refused with ${what}, by the layer's digest`, async () => {
        await publish([policy("good"), text]);
        await assert.rejects(pullPolicyImage(world, TARGET), fails(code, /policies:v1: layer sha256:/));
      });
    }

    it("are refused from an image of something else, and from an index", async () => {
      await publish(["content"], undefined, MEDIA_TYPES.layerGzip);
      await assert.rejects(pullPolicyImage(world, TARGET), fails("MANIFEST_INVALID", /without a policy/));
      await assert.rejects(
        pullPolicyImage(world, parseImageTarget("registry.example/team/policies:v2")),
        fails("MANIFEST_NOT_FOUND"),
      );
    });

    it("are told of documents that are no policies", async () => {
      await publish([`${policy("a")}---\nkind: Pod\napiVersion: v1\nmetadata: {name: p}\n---\n`]);
      const { policies, leftOut } = await pullPolicyImage(world, TARGET);
      assert.deepEqual([policies.map(({ name }) => name), leftOut], [["a"], ["Pod p"]]);
    });
  });

  describe("when they are saved", () => {
    const named = (...names: readonly string[]) =>
      names.map((name) => ({ kind: "ClusterPolicy", name, yaml: `name: "${name}"\n` }) as const);

    for (const name of [
      "../evil",
      "/etc/evil",
      "a/b",
      "..",
      ".",
      "",
      ".hidden",
      "A",
      "a\\b",
      "a\0b",
      "a\nb",
      "a".repeat(254),
    ]) {
      it(`never get the name ${JSON.stringify(name.slice(0, 20))}, and the others are not written either`, async () => {
        await assert.rejects(savePolicies(world, named("good", name), "/out"), fails("POLICY_INVALID"));
        assert.equal(await world.files.kindOf("/out"), undefined);
      });
    }

    it("get the longest name of an object, and one with points", async () => {
      const longest = "a".repeat(253);
      const paths = await savePolicies(world, named(longest, "a..b.c"), "/out");
      assert.deepEqual(paths, [`/out/${longest}.yaml`, "/out/a..b.c.yaml"]);
    });

    it("replace files that are there, and share one when they have one name", async () => {
      await savePolicies(world, named("a"), "/out");
      await savePolicies(world, [...named("a"), ...named("b"), ...named("a")], "/out");
      const read = async (path: string): Promise<unknown> => readYaml(await world.files.read(path, 1_000));
      assert.deepEqual(await read("/out/a.yaml"), [{ name: "a" }, { name: "a" }]);
      assert.deepEqual(await read("/out/b.yaml"), [{ name: "b" }]);
    });

    it("are not saved where a file is", async () => {
      await assert.rejects(savePolicies(world, named("a"), "/file"), fails("FILE_UNREADABLE", /expected a folder/));
    });
  });
});
