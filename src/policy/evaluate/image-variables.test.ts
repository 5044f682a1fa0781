import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import type { JmesContext } from "../language/jmespath/program.ts";
import { NO_FACTS } from "./fact-reader.ts";
import { readImageInfo } from "./image-info.ts";
import { compileImageExtractors, findImages, imageListsValue, imagesMember } from "./image-variables.ts";
import { indexLazyMembers, RuleContext } from "./rule-context.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => undefined, entropy: () => new Uint8Array(32) };
const SHA256 = `sha256:${"a1".repeat(32)}`;

type Row = readonly [
  image: string,
  registry: string,
  path: string,
  name: string,
  tag: string,
  digest: string,
  reference: string,
];

const REFERENCES: readonly Row[] = [
  ["nginx", "docker.io", "nginx", "nginx", "latest", "", "docker.io/nginx:latest"],
  ["nginx:1.27", "docker.io", "nginx", "nginx", "1.27", "", "docker.io/nginx:1.27"],
  ["acme/app:v1", "docker.io", "acme/app", "app", "v1", "", "docker.io/acme/app:v1"],
  ["ghcr.io/acme/team/app", "ghcr.io", "acme/team/app", "app", "latest", "", "ghcr.io/acme/team/app:latest"],
  ["localhost/app:1", "localhost", "app", "app", "1", "", "localhost/app:1"],
  ["localhost:5000/app", "localhost:5000", "app", "app", "latest", "", "localhost:5000/app:latest"],
  ["Host/app", "Host", "app", "app", "latest", "", "Host/app:latest"],
  ["[::1]:5000/app", "[::1]:5000", "app", "app", "latest", "", "[::1]:5000/app:latest"],
  [`nginx@${SHA256}`, "docker.io", "nginx", "nginx", "", SHA256, `docker.io/nginx@${SHA256}`],
  [`ghcr.io/a/b:1@${SHA256}`, "ghcr.io", "a/b", "b", "1", SHA256, `ghcr.io/a/b@${SHA256}`],
  ["a__b/c-d.e", "docker.io", "a__b/c-d.e", "c-d.e", "latest", "", "docker.io/a__b/c-d.e:latest"],
];

describe("a reference is taken apart:", () => {
  for (const [image, registry, path, name, tag, digest, reference] of REFERENCES) {
    test(image, () => {
      const info = readImageInfo(image);
      assert.deepEqual(
        [info.registry, info.path, info.name, info.tag, info.digest, info.reference],
        [registry, path, name, tag, digest, reference],
      );
      assert.equal(info.referenceWithTag, `${registry}/${path}:${tag}`);
    });
  }
  test("without the default registry where it is not to be shown", () => {
    const defaults = { defaultRegistry: "mirror.example.com", showsDefaultRegistry: false };
    assert.equal(readImageInfo("nginx", defaults).reference, "nginx:latest");
    const { registry, path, reference } = readImageInfo("my_alias/app", defaults);
    assert.deepEqual([registry, path, reference], ["my_alias", "app", "my_alias/app:latest"]);
    assert.equal(
      readImageInfo("nginx", { ...defaults, showsDefaultRegistry: true }).reference,
      "mirror.example.com/nginx:latest",
    );
  });
});

const BAD: readonly [image: string, reason: string][] = [
  ["nginx:", "invalid reference format"],
  ["", "invalid reference format"],
  ["a b", "invalid reference format"],
  ["Nginx", "repository name must be lowercase"],
  ["nginx@sha256:abc", "invalid reference format"],
  [`nginx@sha256:${"a".repeat(32)}`, "invalid checksum digest length"],
  [`nginx@md5:${"a".repeat(32)}`, "unsupported digest algorithm"],
  [`nginx@sha256:${"A".repeat(64)}`, "invalid checksum digest format"],
  ["a/".repeat(200), "invalid reference format"],
  ["a".repeat(256), "repository name must not be more than 255 characters"],
  [`${"a-".repeat(40_000)}!`, "invalid reference format"],
];

describe("no reference:", () => {
  for (const [image, reason] of BAD) {
    test(image.slice(0, 60), () => {
      const message = `bad image: docker.io/${image}, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: ${reason}`;
      assert.throws(() => readImageInfo(image), { code: "EXPRESSION_FAILED", message });
    });
  }
});

const CONTAINERS = {
  imagePullSecrets: [{ name: "pull" }],
  initContainers: [{ name: "init", image: "busybox" }],
  containers: [{ name: "app", image: "ghcr.io/acme/app:1" }, { name: "none" }, { name: "empty", image: " " }],
};

function imagesOf(object: Value): Value {
  return imageListsValue(findImages(object, CONTEXT));
}

const APP = {
  registry: "ghcr.io",
  name: "app",
  path: "acme/app",
  tag: "1",
  reference: "ghcr.io/acme/app:1",
  referenceWithTag: "ghcr.io/acme/app:1",
};

describe("images", () => {
  test("of a Pod", () => {
    const images = imagesOf({ kind: "Pod", spec: CONTAINERS });
    assert.deepEqual(images, {
      initContainers: {
        init: {
          registry: "docker.io",
          name: "busybox",
          path: "busybox",
          tag: "latest",
          reference: "docker.io/busybox:latest",
          referenceWithTag: "docker.io/busybox:latest",
          jsonPointer: "/spec/initContainers/0/image",
        },
      },
      containers: { app: { ...APP, jsonPointer: "/spec/containers/0/image" } },
    });
  });
  test("of its controllers", () => {
    for (const [kind, template, pointer] of [
      ["Deployment", { template: { spec: CONTAINERS } }, "/spec/template/spec/containers/0/image"],
      [
        "CronJob",
        { jobTemplate: { spec: { template: { spec: CONTAINERS } } } },
        "/spec/jobTemplate/spec/template/spec/containers/0/image",
      ],
    ] as const) {
      const found = findImages({ kind, spec: template }, CONTEXT).get("containers")?.get("app");
      assert.deepEqual([found?.jsonPointer, found?.imagePullSecrets], [pointer, ["pull"]]);
    }
  });
  test("of another kind are none", () => {
    assert.deepEqual(imagesOf({ kind: "Service", spec: CONTAINERS }), {});
    const context = RuleContext.create({}, "CREATE", CONTEXT).withLazyMembers(
      indexLazyMembers([imagesMember({ kind: "Service" })]),
      NO_FACTS,
    );
    assert.throws(() => context.query(compileJmesPath("images")), { code: "VARIABLE_NOT_FOUND" });
  });
  test("are members of a context, found when they are named", () => {
    const context = RuleContext.create({ request: 1 }, "CREATE", CONTEXT).withLazyMembers(
      indexLazyMembers([imagesMember({ kind: "Pod", spec: { containers: [{ name: "a", image: "A B" }] } })]),
      NO_FACTS,
    );
    assert.equal(context.query(compileJmesPath("request")), 1);
    assert.throws(() => context.query(compileJmesPath("images.containers.a")), {
      code: "EXPRESSION_FAILED",
      message:
        "invalid image 'A B' (bad image: docker.io/A B, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid reference format)",
    });
  });
  test("of a container without a name fail", () => {
    assert.throws(() => imagesOf({ kind: "Pod", spec: { containers: [{ image: "a" }] } }), { message: "invalid key" });
    assert.throws(() => imagesOf({ kind: "Pod", spec: "x" }), { message: "invalid image config" });
  });
});

describe("image extractors", () => {
  const TASK = {
    kind: "Task",
    spec: { steps: [{ name: "build", image: "docker://acme/app:1" }], extra: { a: { ref: "acme/b" } } },
  };
  test("find images in other kinds", () => {
    const places = compileImageExtractors({
      Task: [
        { path: "/spec/steps/*", name: "steps", key: "name", value: "image", jmesPath: "trim_prefix(@, 'docker://')" },
      ],
    });
    const found = findImages(TASK, CONTEXT, { places }).get("steps")?.get("build");
    assert.deepEqual([found?.reference, found?.jsonPointer], ["docker.io/acme/app:1", "/spec/steps/0/image"]);
  });
  test("name an image by its pointer and a list custom", () => {
    const places = compileImageExtractors({ Task: [{ path: "/spec/extra/*/ref" }] });
    const pointer = "/spec/extra/a/ref";
    assert.equal(findImages(TASK, CONTEXT, { places }).get("custom")?.get(pointer)?.path, "acme/b");
  });
  test("stand instead of a Pod's own places", () => {
    const places = compileImageExtractors({ Pod: [{ path: "/spec/image" }] });
    assert.equal(findImages({ kind: "Pod", spec: { image: "a", containers: [{}] } }, CONTEXT, { places }).size, 1);
    assert.throws(() => findImages({ kind: "Pod" }, CONTEXT, { places: compileImageExtractors({ Pod: [] }) }), {
      message: "no extractors found for Pod",
    });
  });
  test("whose jmesPath gives no text fail", () => {
    const places = compileImageExtractors({ Task: [{ path: "/spec/steps/*", value: "image", jmesPath: "length(@)" }] });
    assert.throws(() => findImages(TASK, CONTEXT, { places }), { code: "EXPRESSION_FAILED" });
  });
});
