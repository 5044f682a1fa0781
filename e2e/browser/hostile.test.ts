/** Every screen over data that attacks it: all of it is text. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "./axe.ts";
import {
  BIG,
  HOSTILE,
  HOSTILE_ADMISSION,
  HOSTILE_IMAGE,
  SHOWN_CONTROLS,
  SHOWN_LONE,
  SHOWN_MARKUP,
} from "./hostile-store.ts";
import { takePicture } from "./pictures.ts";
import { assertNotWide, expectTexts, SCREEN_NAMES, type Screen, screensOf, segment, settle } from "./screens.ts";
import { Stage } from "./stage.ts";

/** Title as the page must write it: control characters made visible. */
const shown = (text: string): string =>
  text.replace(HOSTILE, `${HOSTILE.slice(0, HOSTILE.indexOf("\u202e"))}${SHOWN_CONTROLS}`);

/** Nothing of the data became an element, an attribute, a link, a script or a prototype's member. */
async function assertHarmless(page: Page): Promise<void> {
  const found = await page.evaluate(`(() => ({
    hacked: globalThis.__hacked,
    polluted: {}.polluted,
    images: document.querySelectorAll("img, iframe, object, embed").length,
    scripts: [...document.scripts].filter((script) => !script.src.startsWith(location.origin + "/assets/")).length,
    handlers: [...document.querySelectorAll("*")].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith("on") || name === "srcdoc")).length,
    links: [...document.querySelectorAll("a[href], [*|href]")].map((link) => String(link.href?.baseVal ?? link.href))
      .filter((href) => href !== "" && !href.startsWith(location.origin) && !href.startsWith("#")),
  }))()`);
  assert.deepEqual(found, { hacked: undefined, polluted: undefined, images: 0, scripts: 0, handlers: 0, links: [] });
}

/** Screens that show an image's, a policy's or an admission's name in one place at least. */
const SHOWS_LONE = new Set(["images", "findings", "policies", "results", "history", "admissions"]);

/** Long and strange texts change no markup: a few screens stand for the others, which axe sees over the demo. */
const LOOKED_AT_CLOSELY = new Set(["images", "image-chain", "findings", "admission"]);

describe("hostile data (C17)", () => {
  let stage: Stage;
  const screens = screensOf({ image: HOSTILE_IMAGE, policy: HOSTILE, admission: HOSTILE_ADMISSION }, shown);
  before(async () => {
    stage = await Stage.open();
    await stage.server("hostile");
  });
  after(() => stage?.close());

  for (const name of SCREEN_NAMES) {
    test(name, async () => {
      const screen = screens.find((each) => each.name === name) as Screen;
      await stage.visit("hostile", {}, async ({ page, go }) => {
        await go(screen.path);
        await settle(page, screen.heading);
        const address = page.url();
        await expectTexts(page, [SHOWN_MARKUP, SHOWN_CONTROLS, ...(SHOWS_LONE.has(name) ? [SHOWN_LONE] : [])]);
        await takePicture(page, `hostile-${name}-light-1280`);
        await assertHarmless(page);
        await page.mouse.move(640, 450);
        await assertNotWide(page, name);
        await page.setViewportSize({ width: 375, height: 800 });
        await takePicture(page, `hostile-${name}-light-375`);
        await assertNotWide(page, `${name}, narrow`);
        if (LOOKED_AT_CLOSELY.has(name)) await assertAccessible(page, name);
        await assertHarmless(page);
        assert.equal(page.url(), address, "the page stays where it is");
      });
    });
  }

  const DOCUMENT = [
    ["a key that every object has", '"toString"'],
    ["a key that is a member of every object", '"constructor"'],
    ["a number that no double holds", BIG.toString()],
  ] as const;
  for (const [what, text] of DOCUMENT) {
    test(`a document is shown as it was signed: ${what}`, async () => {
      await stage.visit("hostile", {}, async ({ page, go }) => {
        await go(`/images/${segment(HOSTILE_IMAGE)}?tab=documents&document=${segment(`${HOSTILE}/0`)}`);
        await settle(page, shown(HOSTILE));
        await expectTexts(page, [text]);
        await assertHarmless(page);
      });
    });
  }

  test("a hostile finding opens in its panel", async () => {
    await stage.visit("hostile", {}, async ({ page, go }) => {
      await go("/findings");
      await settle(page, "Findings");
      await page.locator("[data-finding]").first().click();
      await page.getByRole("complementary", { name: "Selected finding" }).getByText(SHOWN_MARKUP).first().waitFor();
      await takePicture(page, "hostile-finding-light-1280");
      await assertHarmless(page);
      await assertAccessible(page, "hostile finding");
    });
  });

  test("names that no address can hold lead to a page that says so, not to a broken one", async () => {
    await stage.visit("hostile", { failuresExpected: true }, async ({ page, go }) => {
      await go("/policies");
      await settle(page, "Policies");
      await page.getByRole("link", { name: SHOWN_LONE }).first().click();
      await page.getByRole("heading", { level: 1 }).filter({ hasText: "lone" }).waitFor();
      await assertHarmless(page);
    });
  });

  test("a hostile address is text too", async () => {
    await stage.visit("hostile", { failuresExpected: true }, async ({ page, go }) => {
      for (const path of [`/policies/${segment(HOSTILE)}x`, "/policies/__proto__", `/nowhere/${segment(HOSTILE)}`]) {
        await go(path);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await assertHarmless(page);
      }
      await go(`/results?search=${segment(HOSTILE)}&__proto__=x&constructor=y&status=${segment("<b>")}`);
      await settle(page, "Results");
      assert.equal(await page.getByLabel("Status", { exact: true }).inputValue(), "");
      await assertHarmless(page);
    });
  });

  test("an address that holds a NUL or a backslash is refused in order", async () => {
    await stage.visit("hostile", { failuresExpected: true }, async ({ page, server }) => {
      for (const name of ["a\u0000b", "a\\b"]) {
        const address = new URL(`/policies/${segment(name)}`, server.url).href;
        const answer = await page.request.get(address, { headers: { accept: "text/html" } });
        assert.ok([400, 404].includes(answer.status()), String(answer.status()));
        assert.match(answer.headers()["content-security-policy"] ?? "", /default-src 'none'/);
      }
    });
  });
});
