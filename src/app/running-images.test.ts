import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../base/index.ts";
import { withRunningDigests } from "./running-images.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const podWith = (image: string, imageID?: Value, name = "web"): Value => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { nodeName: "n", containers: [{ name: "web", image, args: ["x"] }] },
  ...(imageID === undefined ? {} : { status: { containerStatuses: [{ name, imageID }] } }),
});
const imageIn = (object: Value, list = "containers"): Value | undefined => {
  const containers = memberOf(memberOf(object, "spec"), list);
  return memberOf((containers as readonly Value[])[0], "image");
};

describe("withRunningDigests", () => {
  const cases: readonly (readonly [name: string, pod: Value, expected: string])[] = [
    ["containerd and CRI-O", podWith("shop:v1", `docker.io/library/shop@${A}`), `shop:v1@${A}`],
    ["dockershim", podWith("shop:v1", `docker-pullable://shop@${A}`), `shop:v1@${A}`],
    ["another name of the same image", podWith("shop:v1", `mirror.example/shop@${A}`), `shop:v1@${A}`],
    [
      "a port in the name",
      podWith("r.example:5000/shop:v1", `r.example:5000/shop@${A}`),
      `r.example:5000/shop:v1@${A}`,
    ],
    ["no tag", podWith("shop", `shop@${A}`), `shop@${A}`],
    ["a config digest is no manifest", podWith("shop:v1", A), "shop:v1"],
    ["dockershim's config digest", podWith("shop:v1", `docker://${A}`), "shop:v1"],
    ["CRI-O's bare id", podWith("shop:v1", "a".repeat(64)), "shop:v1"],
    ["not pulled yet", podWith("shop:v1", ""), "shop:v1"],
    ["a status that is no text", podWith("shop:v1", { digest: A }), "shop:v1"],
    ["no status", podWith("shop:v1"), "shop:v1"],
    ["another container's status", podWith("shop:v1", `shop@${A}`, "sidecar"), "shop:v1"],
    ["a digest that is none", podWith("shop:v1", "shop@sha256:abc"), "shop:v1"],
    ["named by digest: that is what was asked for", podWith(`shop@${B}`, `shop@${A}`), `shop@${B}`],
    ["tag and digest", podWith(`shop:v1@${B}`, `shop@${A}`), `shop:v1@${B}`],
    ["no image reference", podWith("Shop:v1", `shop@${A}`), "Shop:v1"],
  ];
  for (const [name, pod, expected] of cases) {
    test(name, () => assert.equal(imageIn(withRunningDigests(pod)), expected));
  }

  test("init and debug containers by their own statuses", () => {
    const pod: Value = {
      apiVersion: "v1",
      kind: "Pod",
      spec: {
        containers: [{ name: "web", image: "shop:v1" }],
        initContainers: [{ name: "web", image: "init:v1" }],
        ephemeralContainers: [{ name: "debug", image: "busybox" }],
      },
      status: {
        containerStatuses: [{ name: "web", imageID: `shop@${A}` }],
        initContainerStatuses: [{ name: "web", imageID: `init@${B}` }],
        ephemeralContainerStatuses: [{ name: "debug", imageID: `busybox@${A}` }],
      },
    };
    const running = withRunningDigests(pod);
    assert.deepEqual(
      ["containers", "initContainers", "ephemeralContainers"].map((list) => imageIn(running, list)),
      [`shop:v1@${A}`, `init:v1@${B}`, `busybox@${A}`],
    );
  });

  test("everything else stays, and other kinds are the same object", () => {
    const pod = podWith("shop:v1", `shop@${A}`);
    const spec = memberOf(withRunningDigests(pod), "spec");
    assert.deepEqual(spec, { nodeName: "n", containers: [{ name: "web", image: `shop:v1@${A}`, args: ["x"] }] });
    for (const other of [
      { ...(pod as object), kind: "Job" },
      { kind: "Pod", apiVersion: "v1" },
      null,
      "x",
    ] as Value[]) {
      assert.equal(withRunningDigests(other), other);
    }
  });
});
