import { type Request, type Response, Router } from "express";
import { allow, open } from "../access/guard.ts";
import { config } from "../config.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form } from "../http/form.ts";
import { page } from "../http/render.ts";
import { receiveUpload } from "../http/upload.ts";
import { formatBytes } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { mostBytes, mostPixels } from "./limits.ts";
import { logoNamed } from "./queries.ts";
import { removeLogo } from "./remove.ts";
import { setLogo } from "./set.ts";

/** The account's own picture: chosen at /admin/settings/logo, shown at /logos. */
export const logos = Router();

const limits = {
  field: "logo",
  megabytes: mostBytes / (1024 * 1024),
  seconds: config.UPLOAD_SECONDS,
  tooLarge: () => t("The file is larger than {size}.", { size: formatBytes(mostBytes) }),
};

const show = (_req: Request, res: Response, form: Form<unknown>) =>
  page(res, "logos/index", { title: t("Logo"), form, size: formatBytes(mostBytes), mostPixels });

logos.get("/admin/settings/logo", allow("account.edit"), (req, res) => show(req, res, blankForm()));

/** Nothing of the upload is read before the guard has let it in. */
logos.post("/admin/settings/logo", allow("account.edit"), async (req, res) => {
  const form: Form<unknown> = { ...blankForm(), ok: true };
  const logo = await attempt(form, () => receiveUpload(req, limits, (upload) => setLogo(req.actor, upload)));
  if (!logo) return show(req, res.status(form.status ?? 422), form);

  flash(req, t("The logo is saved."));
  return res.redirect(303, "/admin/settings/logo");
});

logos.post("/admin/settings/logo/removal", allow("account.edit"), async (req, res) => {
  await removeLogo(req.actor);
  flash(req, t("The logo is removed."));
  res.redirect(303, "/admin/settings/logo");
});

/**
 * T89: somebody's bytes on our own address: with the type that they were looked at to have, which no browser guesses anew,
 * and in a box where nothing runs if they are opened as a page. The same name is always the same picture.
 */
logos.get("/logos/:hash", open("whoever knows the picture knows its name"), async (req, res) => {
  const { type, bytes } = await logoNamed(req.params.hash);
  res.set({
    "Content-Type": type,
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=31536000, immutable",
  });
  res.end(bytes);
});
