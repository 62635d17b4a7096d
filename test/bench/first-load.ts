import { chromium } from "playwright-core";
import { findChromium } from "../support/chromium.ts";
import type { Bench } from "./cases.ts";
import { ms, report } from "./measure.ts";

/** The first visit of a real browser with an empty cache: requests, bytes on the wire, and when the rows are there. */
export async function browserFirstLoad({ muster, cookie }: Bench): Promise<void> {
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ["--no-sandbox", "--headless=new"],
  });
  const context = await browser.newContext({ extraHTTPHeaders: { "X-Forwarded-Proto": "https", Cookie: cookie } });
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  let bytes = 0;
  let requests = 0;
  wire.on("Network.requestWillBeSent", () => requests++);
  wire.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });

  const began = performance.now();
  await page.goto(`${muster.url}/admin/users`, { waitUntil: "commit" });
  await page.locator("tbody tr").nth(5).waitFor();
  const visible = performance.now() - began;
  await page.waitForLoadState("networkidle");
  await browser.close();

  report("first load, bytes", `${(bytes / 1024).toFixed(0)} KB`, "", null, "≤ 75 KB", bytes <= 75 * 1024);
  report("first load, requests", String(requests), "", null, "≤ 6", requests <= 6);
  report("first load, rows visible", ms(visible), "", null, "≤ 300 ms", visible <= 300);
}
