import yazl from "yazl";
import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { renderView } from "../http/view.ts";
import { t } from "../i18n/t.ts";
import { collectData } from "./collect.ts";
import { partWords } from "./words.ts";

/**
 * All that is kept about the person, packed: `data.json`, and `data.html` to be read. It is made while it is asked for and
 * kept nowhere, so there is no file that a link could lead to (T88). Three times a day at most; each is written down.
 */
export async function downloadData(person: Person): Promise<AsyncIterable<Uint8Array>> {
  await assertWithin([{ key: `own-data:${person.userId}`, points: 3, seconds: 86_400 }]);
  const parts = await collectData(person.userId);
  await db.transaction((tx) =>
    recordEvent(tx, person, "user.data_downloaded", { type: "user", id: person.userId, label: person.email }),
  );
  const zip = new yazl.ZipFile();
  const all = Object.fromEntries(parts.map(({ key, rows }) => [key, rows]));
  zip.addBuffer(Buffer.from(JSON.stringify(all, null, 2)), "data.json");
  const locals = { title: t("My data"), email: person.email, locale: person.locale, parts, words: partWords(), t };
  zip.addBuffer(Buffer.from(renderView("own-data/file", locals)), "data.html");
  zip.end();
  return zip.outputStream as unknown as AsyncIterable<Uint8Array>;
}
