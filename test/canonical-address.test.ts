import { describe, expect, test } from "vitest";
import { canonicalAddress } from "../src/access/address.ts";

describe("T15 T69 one form for every address", () => {
  test.each([
    ["ana@example.com", "ana@example.com"],
    [" Ana.Sol@EXAMPLE.com ", "ana.sol@example.com"],
    ["ADMIN@example.com", "admin@example.com"],
    ["ana+tag@example.com", "ana+tag@example.com"],
    ["o'brien@example.com", "o'brien@example.com"],
    ["ana@bücher.example", "ana@xn--bcher-kva.example"],
    ["ana@bu\u0308cher.example", "ana@xn--bcher-kva.example"],
    ["ana@BÜCHER.example", "ana@xn--bcher-kva.example"],
    [`${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
  ])("%s is %s", (typed, canonical) => {
    expect(canonicalAddress(typed)).toBe(canonical);
  });

  test.each([
    ["a Kelvin sign", "\u212Aate@example.com"],
    ["a Kelvin sign in the domain", "kate@\u212Aelvin.example"],
    ["a dotless i", "adm\u0131n@example.com"],
    ["a long s", "\u017Fupport@example.com"],
    ["a dotted capital I", "adm\u0130n@example.com"],
    ["full-width letters", "ａdmin@example.com"],
    ["full-width letters in the domain", "admin@ｅxample.com"],
    ["a ligature", "o\uFB03ce@example.com"],
    ["a Cyrillic letter", "\u0430dmin@example.com"],
    ["an umlaut in the local part", "jürgen@example.com"],
    ["a soft hyphen", "ad\u00ADmin@example.com"],
    ["a joiner", "ad\u200Dmin@example.com"],
    ["a quoted local part", '"ana sol"@example.com'],
    ["a comment", "ana(x)@example.com"],
    ["a group", "all: ana@example.com;"],
    ["a list", "ana@example.com,ben@example.com"],
    ["two at signs", "ana@ben@example.com"],
    ["a line break", "ana@example.com\r\nBcc: ben@example.com"],
    ["a null sign", "ana\u0000@example.com"],
    ["a blank inside", "ana sol@example.com"],
    ["a name in front", "Ana <ana@example.com>"],
    ["no domain", "ana@"],
    ["no dot in the domain", "ana@localhost"],
    ["a number as domain", "ana@127.0.0.1"],
    ["an IP literal", "ana@[127.0.0.1]"],
    ["a dot at the end", "ana@example.com."],
    ["two dots", "ana..sol@example.com"],
    ["a dot in front", ".ana@example.com"],
    ["a local part that is too long", `${"a".repeat(65)}@example.com`],
    ["an address that is too long", `ana@${"a.".repeat(130)}com`],
    ["nothing", ""],
  ])("%s is refused", (_what, typed) => {
    expect(canonicalAddress(typed)).toBeUndefined();
  });
});
