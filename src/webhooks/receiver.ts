import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { outboundError, outboundWords } from "../outbound/error.ts";
import { judgeUrl } from "../outbound/fetch.ts";

/**
 * Looks up where a webhook's address leads before it is kept (T73); it is judged again whenever something is sent. In clear
 * text only to hosts that the operator named. Nothing is connected to: that is what a test is for.
 */
export async function assertReceiver(url: string): Promise<void> {
  const judged = await judgeUrl(url).catch((error: unknown) => outboundError(error));
  if ("code" in judged) throw new Invalid("url", outboundWords(judged.code));
  if (judged.target.protocol !== "https:" && !judged.operators) {
    throw new Invalid(
      "url",
      t("Use an address that begins with https://. Messages tell what happens in your account."),
    );
  }
}
