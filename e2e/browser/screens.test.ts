/** Every screen over the demo: what it says, that it is accessible, light and dark, wide and narrow. */
import { after, before, describe, test } from "node:test";
import { assertAccessible } from "./axe.ts";
import { demoFacts, demoSubjects, type Facts } from "./demo-facts.ts";
import { takePicture } from "./pictures.ts";
import { assertNotWide, expectTexts, SCREEN_NAMES, type Screen, screensOf, settle } from "./screens.ts";
import { Stage } from "./stage.ts";

describe("the screens over the demo", () => {
  let stage: Stage;
  let screens: readonly Screen[];
  let facts: Facts;
  before(async () => {
    stage = await Stage.open();
    [screens, facts] = await stage.withStore("demo", async (store) => [
      screensOf(await demoSubjects(store)),
      await demoFacts(store),
    ]);
  });
  after(() => stage?.close());

  for (const name of SCREEN_NAMES) {
    test(name, async () => {
      const screen = screens.find((each) => each.name === name) as Screen;
      await stage.visit("demo", {}, async ({ page, go }) => {
        await go(screen.path);
        await settle(page, screen.heading);
        await expectTexts(page, facts[name] ?? []);
        await takePicture(page, `demo-${name}-light-1280`);
        await assertAccessible(page, name);
        await page.emulateMedia({ colorScheme: "dark" });
        await page.locator("html.pf-v6-theme-dark").waitFor();
        await takePicture(page, `demo-${name}-dark-1280`);
        await assertAccessible(page, `${name}, dark`);
        await page.setViewportSize({ width: 375, height: 800 });
        await takePicture(page, `demo-${name}-dark-375`);
        await assertAccessible(page, `${name}, narrow`);
        await assertNotWide(page, name);
        await page.emulateMedia({ colorScheme: "light" });
        await takePicture(page, `demo-${name}-light-375`);
      });
    });
  }
});
