import { defineConfig } from "@playwright/test";

import { args } from "./browser.mjs";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 1,
  reporter: [["list"]],
  use: {
    baseURL: process.env.TENKYU_URL,
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: { executablePath: process.env.TENKYU_CHROMIUM, args },
  },
});
