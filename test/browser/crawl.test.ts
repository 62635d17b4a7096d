import { describe } from "vitest";
import { crawl, crawlNowhere } from "../support/crawl.ts";

describe("every page is usable", () => {
  crawl((path) => !path.startsWith("/admin/users"));
  crawlNowhere();
});
