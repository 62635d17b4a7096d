import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { attachment } from "../http/attachment.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { downloadData } from "./download.ts";
import { partWords } from "./words.ts";

/** Download my data, at /profile/data: one's own, and nobody else's. */
export const ownData = Router();

ownData.get("/", signedIn(), (_req, res) =>
  page(res, "own-data/index", { title: t("My data"), parts: Object.values(partWords()) }),
);

ownData.post("/", signedIn(), confirmed(), async (req, res) => {
  const bytes = await downloadData(personOf(req));
  await sendStream(res, attachment("my-data.zip", "application/zip"), bytes);
});
