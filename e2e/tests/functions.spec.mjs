// A function of the user's own: uploaded, known to the editor, used by the server and, unchanged, by
// the filter in the browser; nobody else has it.
import path from "node:path";
import { expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

const t = words.en;
const folder = process.env.TENKYU_FUNCTIONS;
const query =
  "SELECT TOP 200 hip, hp_mag AS m, my.flux(hp_mag) AS f FROM hipparcos.hip2 ORDER BY hip";

const menu = (page) => page.locator("summary").filter({ hasText: /^My functions$/ });
const panel = (page) => page.locator(".functions");
const editor = (page) => page.getByRole("textbox", { name: t.editor });
const problems = (page) => page.locator(".problems");

async function open(page) {
  await page.goto("/query?lang=en");
  await settled(page);
}

test("an own function runs on the server and in the browser, for its owner alone", async ({ page, browser, baseURL }) => {
  test.skip(!folder, "TENKYU_FUNCTIONS is not set: run through `cargo xtask test e2e`");
  await open(page);
  await editor(page).fill(query);
  await expect(problems(page)).toContainText("You have no function my.flux");

  await menu(page).click();
  await panel(page).locator("input[type=file]").setInputFiles({
    name: "broken.wasm", mimeType: "application/wasm", buffer: Buffer.from("not a module"),
  });
  await expect(panel(page).getByRole("alert")).toContainText("not a WebAssembly module");
  await panel(page).locator("input[type=file]").setInputFiles(path.join(folder, "my_functions.wasm"));
  await expect(panel(page)).toContainText("my.flux(magnitude)");
  await expect(panel(page).getByRole("alert")).toHaveCount(0);
  await expect(problems(page)).toHaveText("");
  await menu(page).click();

  await page.getByRole("button", { name: t.run, exact: true }).click();
  const counts = page.locator(".result-counts");
  await expect(counts).toContainText("200 of 200 rows kept");
  const filter = page.getByRole("textbox", { name: "Filter", exact: true });
  const keep = async (condition) => {
    await filter.fill(condition);
    await filter.press("Enter");
  };
  // The module gives the same number here as there.
  await keep("my.flux(m) = f");
  await expect(counts).toContainText("200 of 200 rows kept");
  await keep("my.flux(m) < 1 OR my.label(m) = 'not detected'");
  await expect(counts).toContainText("0 of 200 rows kept");
  await keep("my.fluxx(m) > 1");
  await expect(page.locator(".result").getByRole("alert")).toContainText("my.flux");

  const other = await browser.newContext({ baseURL, locale: "en-GB" });
  const stranger = await other.newPage();
  await open(stranger);
  await editor(stranger).fill(query);
  await expect(problems(stranger)).toContainText("You have no function my.flux");
  await other.close();

  await menu(page).click();
  await panel(page).getByRole("button", { name: "Remove my_functions.wasm" }).click();
  await expect(panel(page)).not.toContainText("my.flux(magnitude)");
  await expect(problems(page)).toContainText("You have no function my.flux");
});
