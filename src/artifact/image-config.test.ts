import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, digestOf, encodeUtf8, LIMITS } from "../base/index.ts";
import { decodeImageConfig, encodeImageConfig, type ImageConfig } from "./image-config.ts";

const digest = digestOf(encodeUtf8("layer"));
const small: ImageConfig = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digest] } };
const full: ImageConfig = {
  created: "2026-01-02T03:04:05Z",
  author: "someone",
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  "os.version": "1.2",
  config: {
    User: "65532:65532",
    ExposedPorts: ["8080/tcp"],
    Env: ["PATH=/bin"],
    Entrypoint: ["/bin/node"],
    Cmd: ["server.js"],
    Volumes: ["/data"],
    WorkingDir: "/app",
    Labels: { "org.opencontainers.image.source": "https://example.org" },
    StopSignal: "SIGTERM",
  },
  rootfs: { type: "layers", diff_ids: [digest, digest] },
  history: [{ created: "2026-01-02T03:04:05Z", created_by: "COPY", comment: "c" }, { empty_layer: true }],
};

describe("decodeImageConfig", () => {
  for (const [name, value] of [
    ["a small one", small],
    ["one with everything", full],
  ] as const) {
    it(`reads back ${name}`, () => {
      assert.deepEqual(decodeImageConfig(encodeImageConfig(value)), { ok: true, value });
    });
  }

  it("reads cosign's configuration with its empty platform", () => {
    const json = {
      architecture: "",
      os: "",
      history: [{}],
      rootfs: { type: "layers", diff_ids: [digest] },
      config: {},
    };
    assert.ok(decodeJson(json).ok);
  });

  it("reads null as left out, and ignores what it does not know", () => {
    const json = { ...wire(), config: { Entrypoint: null, Labels: null, Image: "x", Healthcheck: {} }, container: "x" };
    assert.deepEqual(decodeJson(json), { ok: true, value: { ...small, config: {} } });
  });

  const refused: readonly (readonly [why: string, json: unknown, path: string])[] = [
    ["text", "x", ""],
    ["no os", { ...wire(), os: undefined }, "os"],
    ["an architecture that is no string", { ...wire(), architecture: 1 }, "architecture"],
    ["no rootfs", { ...wire(), rootfs: undefined }, "rootfs"],
    ["another type of rootfs", { ...wire(), rootfs: { type: "x", diff_ids: [] } }, "rootfs.type"],
    ["a diff id that is no digest", { ...wire(), rootfs: { type: "layers", diff_ids: ["x"] } }, "rootfs.diff_ids[0]"],
    ["a label that is no string", { ...wire(), config: { Labels: { a: 1 } } }, 'config.Labels["a"]'],
    ["an entrypoint that is a string", { ...wire(), config: { Entrypoint: "sh" } }, "config.Entrypoint"],
    ["a history entry that is no object", { ...wire(), history: ["x"] }, "history[0]"],
    ["empty_layer that is a string", { ...wire(), history: [{ empty_layer: "true" }] }, "history[0].empty_layer"],
  ];
  for (const [why, json, path] of refused) {
    it(`refuses ${why}`, () => {
      const decoded = decodeJson(json);
      assert.ok(!decoded.ok);
      assert.ok(decoded.issues.some((issue) => issue.path === path && issue.code === "MANIFEST_INVALID"));
    });
  }

  it("refuses too many layers", () => {
    const rootfs = { type: "layers", diff_ids: Array.from({ length: LIMITS.layers + 1 }, () => digest) };
    assert.throws(
      () => decodeJson({ ...wire(), rootfs }),
      (error) => error instanceof AmapError && error.code === "LIMIT_EXCEEDED",
    );
  });
});

function wire(): Record<string, unknown> {
  return { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digest] } };
}

function decodeJson(json: unknown): ReturnType<typeof decodeImageConfig> {
  return decodeImageConfig(encodeUtf8(JSON.stringify(json)));
}
