import { createRequire } from "node:module";
import { getDomainWithoutSuffix } from "tldts";

/** Kept by the package; its module wants JSON modules of an older kind, so the file is read here, on first use. */
let known: string[] | undefined;
const list = () => {
  known ??= createRequire(import.meta.url)("email-providers/all.json") as string[];
  return known;
};

/** Well-known ones that the package does not have. */
const more = (
  "posteo.de fastmail.com tuta.io tuta.com tutanota.com tutanota.de keemail.me duck.com mailfence.com startmail.com " +
  "kolabnow.com disroot.org skiff.com ok.de zohomail.eu zohomail.com passmail.net mozmail.com simplelogin.com aleeas.com " +
  "onmail.com vivaldi.net riseup.net unitybox.de vodafonemail.de o2online.de netcologne.de vk.com privaterelay.appleid.com " +
  "icloud.com.cn hanmail.net kakao.com yandex.kz yandex.by web.de email.de"
).split(" ");

/** Brands whose mail ends in this name under many suffixes (gmx.ch, yahoo.co.uk, outlook.fr). */
const brands = [
  "gmail",
  "googlemail",
  "gmx",
  "yahoo",
  "hotmail",
  "outlook",
  "posteo",
  "protonmail",
  "tutanota",
  "icloud",
];

/**
 * Whether addresses at this very name are given out to everybody (T23). Names below are not meant: nobody has mail there,
 * and some of the list are suffixes under which companies sit (`acme.spb.ru`).
 */
export function isPublicProvider(name: string): boolean {
  const brand = getDomainWithoutSuffix(name);
  const isBrand = brand !== null && brands.includes(brand) && name.startsWith(`${brand}.`);
  return isBrand || more.includes(name) || list().includes(name);
}
