import type { ServerAnswer } from "../db/domains.ts";
import { t } from "../i18n/t.ts";
import type { Advice, DoctorCode } from "./codes.ts";
import { mailWords } from "./mail-words.ts";
import { proofWords } from "./proof-words.ts";

const words: Record<DoctorCode, (values: Record<string, string>) => Advice> = { ...proofWords, ...mailWords };

/**
 * What is the matter, and what to do about it, in the reader's language. `values` are the finding's. A code of a check that
 * was made before an upgrade may be gone: then the check is described by its name.
 */
export function doctorSentence(code: DoctorCode | (string & {}), values: Record<string, string>): Advice {
  const say = words[code as DoctorCode] as ((values: Record<string, string>) => Advice) | undefined;
  // The root has no name that anybody would know it by.
  const named = values.zone === "." ? { ...values, zone: t("“.” (the DNS root)") } : values;
  return say?.(named) ?? { problem: code, remedy: t("Check again to see how it is now.") };
}

/**
 * What resolvers still remember though it is not so any more: nothing that Muster waits for, but what somebody sees who
 * looks it up by hand. Undefined where they see what the domain's own servers say.
 */
export function cacheSentence(found: ServerAnswer[]): string | undefined {
  const isThere = found.some(({ authoritative, outcome }) => authoritative && outcome === "records");
  const behind = found.filter(
    ({ authoritative, outcome }) => !authoritative && (outcome === "none" || outcome === "no_such_name"),
  );
  const seconds = Math.max(0, ...behind.map(({ negativeTtl }) => negativeTtl ?? 0));
  if (!isThere || !behind.length || !seconds) return undefined;
  return t(
    "Resolvers such as {server} still remember that there was nothing, for {minutes, plural, one {# more minute} other {# more minutes}}. Muster does not wait for them.",
    { server: behind[0]!.server, minutes: Math.ceil(seconds / 60) },
  );
}
