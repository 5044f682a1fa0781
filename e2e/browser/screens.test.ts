/** Every screen over the demo: what it says, that it is accessible, light and dark, wide and narrow. */
import { after, before, describe, test } from "node:test";
import { assertAccessible } from "./axe.ts";
import { demoFacts, demoSubjects, type Facts } from "./demo-facts.ts";
import { takePicture } from "./pictures.ts";
import { assertNotWide, expectTexts, type Screen, screensOf, settle } from "./screens.ts";
import { Stage } from "./stage.ts";

const NAMES = screensOf({ image: "@", policy: "", admission: "" }, String).map(({ name }) => name);

describe("the screens over the demo", () => {
  let stage: Stage;
  let screens: readonly Screen[];
  let facts: Facts;
  before(async () => {
    stage = await Stage.open();
    [screens, facts] = await stage.withStore("demo", async (store) => [
      screensOf(await demoSubjects(store), String),
      await demoFacts(store),
    ]);
  });
  after(() => stage?.close());

  for (const name of NAMES) {
    for (const scheme of ["light", "dark"] as const) {
      test(`${name}, ${scheme}`, async () => {
        const screen = screens.find((each) => each.name === name) as Screen;
        await stage.visit("demo", { scheme }, async ({ page, go }) => {
          await go(screen.path);
          await settle(page, screen.heading);
          await expectTexts(page, facts[name] ?? []);
          await takePicture(page, `demo-${name}-${scheme}-1280`);
          await assertAccessible(page, name);
          await page.setViewportSize({ width: 375, height: 800 });
          await takePicture(page, `demo-${name}-${scheme}-375`);
          await assertNotWide(page, name);
          if (scheme === "light") await assertAccessible(page, `${name}, narrow`);
        });
      });
    }
  }
});
