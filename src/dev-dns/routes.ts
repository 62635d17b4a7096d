import { type Response, Router } from "express";
import { getDomain } from "tldts";
import { open } from "../access/guard.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { currentNameServer } from "./current.ts";
import { modeForm, recordForm, zoneForm } from "./forms.ts";
import { modeTitles, recordTypes, type Zone } from "./records.ts";

/** The built-in name server: what DNS is in development, to be looked at and changed. Never mounted in production. */
export const devDns = Router();

const why = "development only, on this machine only";

function here() {
  const server = currentNameServer();
  if (!server) throw new NotFound(t("The built-in name server runs with “npm start” only."));
  return server;
}

function zoneHere(id: string): Zone {
  const zone = here().zones.list.find((each) => each.id === id);
  if (!zone) throw new NotFound(t("This zone is not here any more."));
  return zone;
}

interface Shown {
  zone?: Zone;
  form?: Form<unknown>;
  adding?: Form<unknown>;
}

const show = (res: Response, { zone, form = blankForm(), adding = blankForm() }: Shown) =>
  page(res, "dev-dns/index", {
    title: t("Name server"),
    layout: "plain",
    // The root and the server's own names are no places to play.
    zones: here().zones.list.filter(({ name }) => name !== "." && name !== "muster-dns.test"),
    mode: here().mode,
    modes: modeTitles(),
    types: recordTypes,
    zone,
    form,
    adding,
  });

/** `?name=&type=&value=` fills in the form: that is how a domain's page offers its records. */
devDns.get("/", open(why), (req, res) => {
  const asked = (key: string) => (typeof req.query[key] === "string" ? req.query[key].toLowerCase() : "");
  const name = asked("name");
  const zone = name ? here().zones.zoneOf(name) : undefined;
  const value = typeof req.query.value === "string" ? req.query.value : "";
  if (!zone || zone.name === ".") {
    const record = name && String(new URLSearchParams({ name, type: asked("type"), value }));
    return show(res, { adding: blankForm({ name: getDomain(name) ?? "", record }) });
  }
  const host = name === zone.name ? "@" : name.slice(0, -zone.name.length - 1);
  return show(res, { zone, form: blankForm({ host, type: asked("type").toUpperCase(), value }) });
});

devDns.post("/mode", open(why), (req, res) => {
  const form = readForm(modeForm, req.body);
  if (!form.ok) throw new NotFound();
  here().mode = form.values.mode;
  flash(req, modeTitles()[form.values.mode]);
  res.redirect(303, "/dev/dns");
});

devDns.post("/zones", open(why), (req, res) => {
  const adding = readForm(zoneForm, req.body);
  if (!adding.ok) return show(res.status(422), { adding });
  const { zones, recursor } = here();
  if (zones.list.some(({ name }) => name === adding.values.name)) throw new Conflict(t("This zone is here already."));
  const zone = zones.put(adding.values.name, zones.list[0]?.hosts ?? []);
  recursor.forget(zone.name);
  const { record } = adding.values;
  return res.redirect(303, record ? `/dev/dns?${new URLSearchParams(record)}` : `/dev/dns/zones/${zone.id}`);
});

devDns.get("/zones/:id", open(why), (req, res) => {
  show(res, { zone: zoneHere(req.params.id) });
});

devDns.post("/zones/:id/removal", open(why), (req, res) => {
  const { id, name } = zoneHere(req.params.id);
  here().zones.drop(id);
  here().recursor.forget(name);
  flash(req, t("The zone {name} is gone.", { name }));
  res.redirect(303, "/dev/dns");
});

devDns.post("/zones/:id/records", open(why), (req, res) => {
  const zone = zoneHere(req.params.id);
  const form = readForm(recordForm, req.body);
  if (!form.ok) return show(res.status(422), { zone, form });
  const { host, type, value } = form.values;
  here().zones.add(zone, [host, type, value]);
  flash(req, t("The record is published."));
  return res.redirect(303, `/dev/dns/zones/${zone.id}`);
});

devDns.post("/records/:id/removal", open(why), (req, res) => {
  const { zones } = here();
  const record = zones.remove(req.params.id);
  if (!record) throw new NotFound(t("This record is not here any more."));
  flash(req, t("The record is gone."));
  res.redirect(303, `/dev/dns/zones/${zones.zoneOf(record.name)?.id ?? ""}`);
});
