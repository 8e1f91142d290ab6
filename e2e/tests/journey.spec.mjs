// The main journey, from a name to a shared and embedded view, in both languages.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

import { expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

/** What astropy reads at FITS pixels of a file of the archive. */
function astropy(url, hdu, pixels) {
  const script = fileURLToPath(new URL("./pixels.py", import.meta.url));
  const out = execFileSync(process.env.TENKYU_PYTHON ?? "python3", [script, url, hdu, ...pixels.flat()].map(String));
  return JSON.parse(out.toString());
}

/** Degrees of a position written in hours, minutes and seconds and degrees, minutes and seconds. */
function sexagesimal(text) {
  const [h, m, s, d, arcmin, arcsec] = text.replaceAll("\u2212", "-").match(/[-+]?\d+(\.\d+)?/g).map(Number);
  const sign = /[-\u2212]\s*\d/.test(text) ? -1 : 1;
  return { ra: (h + m / 60 + s / 3600) * 15, dec: sign * (Math.abs(d) + arcmin / 60 + arcsec / 3600) };
}

async function search(page, text) {
  await page.goto("/");
  await settled(page);
  const box = page.locator("main").getByRole("combobox").first();
  await box.fill(text);
  await box.press("Enter");
  await expect(page).toHaveURL(/\/search\?/);
}

const rows = (page) => page.locator("table.table tbody tr");

test("the same field by name, sexagesimal and galactic coordinates", async ({ page }) => {
  for (const text of ["Abell 478", "04 13 25.3 +10 27 55", "182.431 -28.296 gal"]) {
    await search(page, text);
    await expect(rows(page).filter({ hasText: "MUSE" }).first(), text).toBeVisible();
    await expect(rows(page).filter({ hasText: "WFPC2" }).first(), text).toBeVisible();
  }
});

test("an unknown name and an impossible position say what to do", async ({ page }) => {
  await search(page, "Abel 478x");
  await expect(page.getByText("is not known here")).toBeVisible();
  await search(page, "10 00 00 +95 00 00");
  await expect(page.locator("main")).toContainText("95");
});

for (const lang of ["en", "ja"]) {
  const t = words[lang];

  test(`from the field to a pixel of the HST image (${lang})`, async ({ page, baseURL }) => {
    await page.goto(`/search?v=1&q=Abell+478&lang=${lang}`);
    await settled(page);
    await rows(page).filter({ hasText: "WFPC2" }).first().getByRole("link").first().click();
    await expect(page).toHaveURL(/\/observation\//);
    await page.getByRole("link", { name: t.openViewer }).first().click();
    await expect(page).toHaveURL(/\/image\//);
    const canvas = page.getByRole("img", { name: t.imageOf });
    await expect(canvas).toBeVisible();

    await page.getByRole("combobox", { name: t.stretch, exact: true }).selectOption("log");
    await expect(page).toHaveURL(/stretch=log/);

    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.55);
    const value = page.locator(".readout-value");
    await expect(value).toHaveText(/\d/);
    const [x, y] = (await page.locator(".readout-pixel").innerText()).match(/[\d.]+/g).map(Number);
    const artifact = new URL(page.url()).pathname.split("/").pop();
    const [truth] = astropy(`${baseURL}/data/${artifact}`, 1, [[Math.round(x), Math.round(y)]]);
    // The file holds single-precision numbers; the page writes the shortest text that reads back.
    expect(Math.fround(Number.parseFloat(await value.innerText()))).toBe(truth.value);
    // The position lies within the pixel whose centre astropy places.
    const { ra, dec } = sexagesimal(await page.locator(".readout-world").innerText());
    expect(Math.abs(ra - truth.ra) * 3600).toBeLessThan(truth.scale_arcsec);
    expect(Math.abs(dec - truth.dec) * 3600).toBeLessThan(truth.scale_arcsec);
  });

  test(`query, brush, share, open elsewhere, embed (${lang})`, async ({ page, browser, baseURL }) => {
    const adql =
      "SELECT source_id, ra, dec, phot_g_mean_mag, SQRT(pmra*pmra + pmdec*pmdec) AS pm " +
      "FROM gaia.dr3_bright WHERE pmra IS NOT NULL AND phot_g_mean_mag < 8";
    await page.goto(`/query?lang=${lang}`);
    await settled(page);
    await page.getByRole("textbox", { name: t.editor }).fill(adql);
    await page.getByRole("button", { name: t.run, exact: true }).click();
    await expect(page.getByRole("region", { name: t.result })).toContainText(t.kept, { timeout: 60_000 });
    await page.getByRole("combobox", { name: t.horizontal }).selectOption("phot_g_mean_mag");
    await page.getByRole("combobox", { name: t.vertical }).selectOption("pm");

    // Bright stars are on the left of the plot, fast ones at its top.
    const plot = page.getByRole("img", { name: t.plotOf });
    await expect(plot).toHaveAttribute("aria-busy", "false", { timeout: 60_000 });
    const { width, height } = await plot.boundingBox();
    await plot.hover({ position: { x: width * 0.05, y: height * 0.03 } });
    await page.mouse.down();
    await plot.hover({ position: { x: width * 0.5, y: height * 0.5 } });
    await plot.hover({ position: { x: width * 0.75, y: height * 0.8 } });
    await page.mouse.up();
    await expect(page).toHaveURL(/select=/);
    await expect.poll(() => markedRows(page, t), { timeout: 60_000 }).toBeGreaterThan(0);
    const marked = await markedRows(page, t);

    await page.getByRole("button", { name: t.share, exact: true }).click();
    await page.getByRole("button", { name: t.shareMake }).click();
    const address = (await page.locator("dialog[open] .snippet pre").innerText()).trim();
    expect(address).toMatch(/\/s\/[\w-]+$/);

    const fresh = await browser.newContext({ baseURL, locale: lang === "ja" ? "ja-JP" : "en-GB" });
    const colleague = await fresh.newPage();
    await colleague.goto(address);
    await expect.poll(() => markedRows(colleague, t), { timeout: 60_000 }).toBe(marked);

    // The same view inside another page, on another origin.
    await page.locator("dialog[open]").getByRole("button", { name: t.close }).click();
    await page.getByRole("button", { name: t.embed, exact: true }).click();
    const element = await page.locator("dialog[open] .snippet pre").last().innerText();
    const host = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(`<!doctype html><title>A page</title>${element}`);
    });
    await new Promise((ready) => host.listen(0, "127.0.0.1", ready));
    try {
      await colleague.goto(`http://127.0.0.1:${host.address().port}/`);
      const inside = colleague.frameLocator("iframe");
      await expect.poll(() => markedRows(inside, t), { timeout: 60_000 }).toBe(marked);
    } finally {
      host.close();
      await fresh.close();
    }
  });
}

/** How many rows the page says are marked. */
async function markedRows(page, t) {
  const text = await page.locator(".result").first().innerText().catch(() => "");
  const found = text.match(t.markedCount);
  return found ? Number(found[1].replace(/[^\d]/g, "")) : 0;
}

test("the code that the page shows gives the same rows", async ({ page, baseURL }) => {
  await page.goto("/query?v=1&run=1&adql=" + encodeURIComponent("SELECT TOP 5 hip, ra FROM hipparcos.hip2 ORDER BY hip"));
  await expect(page.getByRole("region", { name: words.en.result })).toContainText(words.en.kept);
  await page.getByRole("button", { name: "Code", exact: true }).click();
  const [curl, pyvo] = await page.locator("dialog[open] .snippet pre").allInnerTexts();
  const csv = execFileSync("bash", ["-c", curl]).toString().trim().split("\n");
  expect(csv.length).toBe(6);
  expect(csv[1].split(",")[0]).toBe("1");
  const script = `${pyvo}\nimport gc\nprint([t for t in gc.get_objects() if type(t).__name__ == 'TAPResults'][0].to_table()['hip'].tolist())`;
  const out = execFileSync(process.env.TENKYU_PYTHON ?? "python3", ["-c", script]).toString();
  expect(out).toContain("[1, 2, 3, 4, 5]");
  expect(baseURL).toBeTruthy();
});

test("errors are marked while typing, with the nearest name", async ({ page }) => {
  await page.goto("/query");
  await settled(page);
  await page.getByRole("textbox", { name: words.en.editor }).fill("SELECT sorce_id FROM gaia.dr3_bright");
  await expect(page.getByRole("list", { name: "Problems in the query" })).toContainText("source_id");
  await page.getByRole("textbox", { name: words.en.editor }).fill("SELECT 'abc FROM gaia.dr3_bright");
  await expect(page.getByRole("list", { name: "Problems in the query" })).toContainText(/Line 1/);
});

test("a broken permalink shows what was broken and works on", async ({ page }) => {
  await page.goto("/search?v=1&q=M+31&r=wide");
  await expect(page.locator("main")).toContainText(/could not be read: r/);
});

test("a file dropped on the page opens there and is not sent", async ({ page, request, baseURL }) => {
  const sent = [];
  page.on("request", (r) => { if (r.method() !== "GET") sent.push(r.url()); });
  const found = await request.post("/tap/sync", {
    form: { LANG: "ADQL", RESPONSEFORMAT: "json", QUERY: "SELECT access_url FROM ivoa.obscore WHERE target_name LIKE '%1316%'" },
  });
  const [[url]] = (await found.json()).data;
  const bytes = await (await request.get(url)).body();
  await page.goto("/image");
  await settled(page);
  await page.locator("input[type=file]").setInputFiles({ name: "mine.fits", mimeType: "application/fits", buffer: bytes });
  await expect(page.getByRole("img", { name: /mine\.fits/ })).toBeVisible();
  expect(sent).toEqual([]);
  expect(baseURL).toBeTruthy();
});
