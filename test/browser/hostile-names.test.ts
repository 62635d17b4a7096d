import { expect, test } from "vitest";
import { hostile, nameEverything } from "../support/hostile.ts";
import { fill, samplesFor } from "../support/samples.ts";
import { bothModes, newVisitor } from "../support/site.ts";
import { household, shownPages } from "../support/sweep.ts";

for (const { scripting, mode } of bothModes) {
  test(`T63 T65 a hostile name opens no dialog, breaks no policy and asks for nothing, on any page (${mode})`, async () => {
    const home = await household(hostile);
    const visitor = await (await newVisitor({ scripting })).signIn(home.user.email);
    const asked: string[] = [];
    visitor.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    let shown = 0;
    // Without script there is little that a name could do; what is drawn is the same.
    for (const line of shownPages().filter((_, at) => scripting || at % 4 === 0)) {
      // A picture holds no name, and the browser complains that our policy forbids the styles of the page it puts it into.
      if (/^\/(dev|logos)\//.test(line.path)) continue;
      const path = fill(line.path, await samplesFor(line.path, home));
      await nameEverything();
      await visitor.page.goto(process.env.BASE_URL + path);
      // Opens every menu, so that what lies in them is drawn too.
      await visitor.page.evaluate(() => {
        for (const menu of document.querySelectorAll("details")) menu.open = true;
      });
      if ((await visitor.page.content()).includes("&lt;img src=x onerror")) shown++;
      expect(visitor.problems, path).toEqual([]);
    }
    expect(asked.filter((path) => path.startsWith("/evil") || path === "/x")).toEqual([]);
    expect(shown).toBeGreaterThan(scripting ? 15 : 4);
  }, 180_000);
}
