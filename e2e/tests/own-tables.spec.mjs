// Tables of the user's own: kept from a result, made of a file and by INTO, joined with a catalogue,
// described, renamed and removed; nobody else has them, and no link makes one.
import { expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

const t = words.en;
const menu = (page) => page.locator("summary").filter({ hasText: /^My tables$/ });
const panel = (page) => page.locator(".own-tables");
const editor = (page) => page.getByRole("textbox", { name: t.editor });
const counts = (page) => page.locator(".result-counts");
const run = (page) => page.getByRole("button", { name: t.run, exact: true }).click();
const row = (page, name) => panel(page).locator(".own-table").filter({ hasText: name });

async function open(page, adql = "") {
  await page.goto(`/query?v=1&run=1&lang=en&adql=${encodeURIComponent(adql)}`);
  await settled(page);
}

test("tables are made of rows, files and queries, used and removed", async ({ page, browser, baseURL }) => {
  await open(page, "SELECT TOP 300 hip, ra, dec, hp_mag FROM hipparcos.hip2 ORDER BY hip");
  await expect(counts(page)).toContainText("300 of 300 rows kept");
  await page.getByRole("textbox", { name: "Filter", exact: true }).fill("hp_mag < 9");
  await page.getByRole("textbox", { name: "Filter", exact: true }).press("Enter");
  await expect(counts(page)).not.toContainText("300 of 300");
  const kept = (await counts(page).textContent()).match(/(\d+) of 300/)[1];
  await page.locator(".result-bar summary").click();
  await page.getByRole("textbox", { name: "Keep these rows as a table of your own" }).fill("Bright");
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(page.locator(".keep-table")).toContainText("Kept as my.bright.");
  await page.locator(".result-bar summary").click();

  await menu(page).click();
  await expect(row(page, "my.bright")).toContainText(`${kept} rows`);
  await panel(page).locator("input[type=file]").setInputFiles({
    name: "My Notes.csv", mimeType: "text/csv", buffer: Buffer.from("hip,note\n2,<b>near</b>\n7,far\n"),
  });
  await expect(row(page, "my.my_notes")).toContainText("2 rows");
  await panel(page).locator("input[type=file]").setInputFiles({
    name: "My Notes.csv", mimeType: "text/csv", buffer: Buffer.from("hip\n1\n"),
  });
  await expect(panel(page).getByRole("alert")).toContainText("You have a table my.my_notes already");
  await menu(page).click();

  // Both with a catalogue, in a query that makes a third; a link with it makes nothing by itself.
  const join = "SELECT h.hip, n.note, b.hp_mag INTO my.three FROM hipparcos.hip2 AS h "
    + "JOIN my.my_notes AS n ON h.hip = n.hip JOIN my.bright AS b ON h.hip = b.hip";
  await open(page, join);
  await expect(page.locator(".result")).toContainText("Write a query and run it");
  await expect(page.locator(".problems")).toHaveText("");
  await run(page);
  await expect(counts(page)).toContainText("1 of 1 rows kept");
  await menu(page).click();
  await expect(row(page, "my.three")).toBeVisible();
  await row(page, "my.three").getByText("Rename, describe or remove").click();
  await row(page, "my.three").getByRole("textbox", { name: "Name" }).fill("my.joined");
  await row(page, "my.three").getByRole("textbox", { name: "Description" }).fill("Of <i>three</i>");
  await row(page, "my.three").getByRole("button", { name: "Save" }).click();
  await expect(row(page, "my.joined")).toContainText("Of <i>three</i>");
  await row(page, "my.joined").getByText("Rename, describe or remove").click();
  await row(page, "my.joined").getByRole("button", { name: "Remove my.joined" }).click();
  await row(page, "my.joined").getByRole("button", { name: "Really remove my.joined?" }).click();
  await expect(row(page, "my.joined")).toHaveCount(0);
  await expect(row(page, "my.bright")).toHaveCount(1);

  const other = await browser.newContext({ baseURL, locale: "en-GB" });
  const stranger = await other.newPage();
  await open(stranger, "SELECT * FROM my.bright");
  await expect(stranger.locator(".result").getByRole("alert")).toContainText("There is no table my.bright");
  await other.close();
});
