/** Screens with nothing to show, and screens whose server refuses, fails, or is gone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertAccessible } from "./axe.ts";
import { takePicture } from "./pictures.ts";
import { assertNotWide, expectTexts, SCREEN_NAMES, type Screen, screensOf, settle } from "./screens.ts";
import { startDashboard } from "./servers.ts";
import { Stage } from "./stage.ts";

const EMPTY: Readonly<Record<string, string>> = {
  overview: "Nothing is recorded yet",
  images: "No images",
  findings: "No findings",
  policies: "No policies",
  results: "No results yet",
  history: "No changes",
  admissions: "No admission decisions",
  // The server's own, which it adds when it starts.
  jobs: "prune",
  audit: "session.created",
};
const ABSENT = ["image-chain", "policy", "admission"];
const PROBLEM = {
  type: "about:blank",
  title: "The store <b>fell</b> over",
  status: 500,
  code: "STORE_UNAVAILABLE",
  detail: "made up by the test",
  hint: "Look at the test.",
  requestId: "request-1",
};

describe("empty, refused and failed", () => {
  let stage: Stage;
  const image = `registry.example/none@sha256:${"0".repeat(64)}`;
  const screens = screensOf({ image, policy: "none", admission: "none" });
  const find = (name: string): Screen => screens.find((each) => each.name === name) as Screen;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  for (const [name, text] of Object.entries(EMPTY)) {
    test(`${name} over an empty store`, async () => {
      await stage.visit("empty", {}, async ({ page, go }) => {
        await go(find(name).path);
        await settle(page, find(name).heading);
        await expectTexts(page, [text]);
        await takePicture(page, `empty-${name}-light-1280`);
        await assertAccessible(page, `empty ${name}`);
        await page.setViewportSize({ width: 375, height: 800 });
        await assertNotWide(page, `empty ${name}`);
      });
    });
  }

  for (const name of ABSENT) {
    test(`${name} of what is not there`, async () => {
      await stage.visit("empty", { failuresExpected: true }, async ({ page, go }) => {
        await go(find(name).path);
        await page.getByRole("alert").getByText("NOT_FOUND").waitFor();
        await takePicture(page, `absent-${name}-light-1280`);
        await assertAccessible(page, `absent ${name}`);
      });
    });
  }

  for (const name of SCREEN_NAMES.filter((each) => !each.startsWith("image-") || each === "image-chain")) {
    test(`${name} tells a failed request with its code and hint, and tries again`, async () => {
      await stage.visit("empty", { failuresExpected: true }, async ({ page, go }) => {
        let isBroken = true;
        await page.route(/\/api\/v1\/(?!session|about|events)/, async (route) => {
          if (isBroken) {
            await route.fulfill({ status: 500, contentType: "application/problem+json", json: PROBLEM });
          } else await route.continue();
        });
        await go(find(name).path);
        const alert = page.getByRole("alert").filter({ hasText: PROBLEM.title }).first();
        await alert.waitFor();
        for (const text of [PROBLEM.detail, PROBLEM.hint, PROBLEM.code, PROBLEM.requestId]) {
          assert.ok((await alert.innerText()).includes(text), `${text} is told`);
        }
        if (name === "overview") {
          await takePicture(page, "failed-overview-light-1280");
          await assertAccessible(page, "failed overview");
        }
        isBroken = false;
        await page.getByRole("button", { name: "Try again" }).first().click();
        await alert.waitFor({ state: "detached" });
      });
    });
  }

  test("answers that are no problem documents are told as unreadable", async () => {
    await stage.visit("empty", { failuresExpected: true }, async ({ page, go }) => {
      await page.route("**/api/v1/findings*", (route) =>
        route.fulfill({
          status: 502,
          contentType: "text/html",
          body: "<h1>Bad gateway</h1><script>__hacked=1</script>",
        }),
      );
      await go("/findings");
      await page.getByRole("alert").getByText("The server's answer cannot be read.").waitFor();
      assert.equal(await page.evaluate("globalThis.__hacked"), undefined);
    });
  });

  test("a server that ends while a page is open: what is there stays, what is new says so", async () => {
    await stage.server("empty");
    const server = await startDashboard(stage.storeAddress("empty"));
    try {
      await stage.visitServer(server, { failuresExpected: true }, async ({ page }) => {
        await page.goto(server.link);
        await page.getByText("Live", { exact: true }).waitFor();
        await settle(page, "Overview");
        await page.getByRole("link", { name: "Findings" }).click();
        await settle(page, "Findings");
        await server.stop();
        await page.getByText("Not live").waitFor();
        assert.equal(await page.getByRole("alert").count(), 0, "what is there stays");
        await page.getByLabel("State", { exact: true }).selectOption("open");
        await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
        await takePicture(page, "gone-findings-light-1280");
        await assertAccessible(page, "gone");
      });
    } finally {
      await server.stop();
    }
  });
});
