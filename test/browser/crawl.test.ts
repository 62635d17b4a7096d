import { describe } from "vitest";
import { crawl, crawlNowhere } from "../support/crawl.ts";

describe("T63 T65 every page is usable, whatever things are called", () => {
  crawl((path) => !path.startsWith("/admin/users"));
  crawlNowhere();
});
