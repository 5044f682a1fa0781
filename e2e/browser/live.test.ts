/** What another process writes shows without a reload. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AdmissionRecord } from "../../src/ports/index.ts";
import { settle } from "./screens.ts";
import { Stage } from "./stage.ts";

const admissionOf = (name: string): AdmissionRecord => ({
  id: name,
  at: new Date().toISOString(),
  cluster: "live",
  operation: "CREATE",
  kind: "Pod",
  namespace: "shop",
  name,
  user: "somebody",
  allowed: false,
  dryRun: false,
  durationMs: 3,
  message: `amap denies Pod shop/${name}`,
  replayable: false,
  policies: [],
  decision: { resource: name, allowed: false, images: [], rules: [] },
});

describe("live", () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open();
    await stage.server("empty");
  });
  after(() => stage?.close());

  // The server is one process, this one another: they share the file only.
  const record = (name: string): Promise<void> =>
    stage.withStore("empty", (store) => store.admissions.record(admissionOf(name)));

  test("an admission appears in the open log; a paused log holds still and then catches up", async () => {
    await stage.visit("empty", {}, async ({ page, go }) => {
      await go("/admissions");
      await settle(page, "Admission log");
      await page.getByText("Live", { exact: true }).waitFor();
      let loads = 0;
      page.on("load", () => (loads += 1));
      await record("first-denied");
      await page.getByText("first-denied").first().waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await record("second-denied");
      await page.getByText("Paused; 1 new").waitFor();
      assert.equal(await page.getByText("second-denied").count(), 0, "the list holds still");
      await page.getByRole("button", { name: "Follow" }).click();
      await page.getByText("second-denied").first().waitFor();
      assert.equal(loads, 0, "nothing was reloaded");
    });
  });

  test("a policy that is recorded appears in the open list", async () => {
    await stage.visit("empty", {}, async ({ page, go }) => {
      await go("/policies");
      await settle(page, "Policies");
      await page.getByRole("heading", { name: "No policies" }).waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await stage.withStore("empty", (store) =>
        store.policies.record({
          name: "just-made",
          kind: "ImageValidatingPolicy",
          source: "cluster",
          digest: `sha256:${"1".repeat(64)}`,
          text: "{}",
          state: "ready",
          issues: [],
          rules: ["one"],
          validationActions: ["Deny"],
          failurePolicy: "Fail",
          admission: true,
          background: true,
          recordedAt: new Date().toISOString(),
        }),
      );
      await page.getByRole("link", { name: "just-made" }).waitFor();
    });
  });
});
