import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** Longer pages are cut. */
const MAX_HEIGHT = 2_400;
/** The page's content scrolls in this element, not in the window. */
const SCROLLER = "document.querySelector('#main') ?? document.documentElement";

/** Keeps a picture of the page in the folder AMAP_E2E_SCREENSHOTS, when it is set, for a person to look at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env["AMAP_E2E_SCREENSHOTS"];
  const size = page.viewportSize();
  if (folder === undefined || folder === "" || size === null) return;
  await mkdir(folder, { recursive: true });
  const hidden = Number(await page.evaluate(`((at) => at.scrollHeight - at.clientHeight)(${SCROLLER})`));
  await page.setViewportSize({ width: size.width, height: Math.min(MAX_HEIGHT, size.height + hidden) });
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.setViewportSize(size);
}
