import { defineConfig } from "@playwright/test";

import { args } from "./browser.mjs";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  timeout: 120_000,
  // In about one of a hundred image pages Chromium locks its own drawing thread for good (the
  // renderer waits for a mutex that it holds itself); what fails again is ours.
  retries: 1,
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
