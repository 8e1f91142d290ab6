// What the tests know of the pages: their words, and when they are ready.
import { expect } from "@playwright/test";

export const words = {
  en: {
    openViewer: "Open in viewer",
    imageOf: /^Image of /,
    stretch: "Stretch",
    editor: "ADQL query",
    run: "Run",
    result: "Result",
    kept: "rows kept",
    horizontal: "Horizontal",
    vertical: "Vertical",
    plotOf: /^Scatter plot/,
    share: "Share",
    shareMake: "Make a short address",
    embed: "Embed",
    close: "Close",
    markedCount: /([\d,\u202f ]+) marked/,
  },
  ja: {
    openViewer: "ビューアで開く",
    imageOf: /画像/,
    stretch: "階調",
    editor: "ADQL 検索文",
    run: "実行",
    result: "結果",
    kept: "行を表示",
    horizontal: "横軸",
    vertical: "縦軸",
    plotOf: /散布図/,
    share: "共有",
    shareMake: "短いアドレスを作る",
    embed: "埋め込み",
    close: "閉じる",
    markedCount: /([\d,]+) 行を選択/,
  },
};

/** Waits until the page answers to clicks and keys. */
export async function settled(page) {
  await expect(page.locator("html[data-ready]")).toBeAttached();
}
