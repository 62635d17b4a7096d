import type { EventName } from "../audit/events.ts";
import { eventTitle } from "../audit/titles.ts";
import type { WebhookStatus } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { outboundWords } from "../outbound/error.ts";
import { testType } from "../webhook-sending/message.ts";
import type { Attempt, Delivery } from "./queries.ts";

/** How a delivery stands: its look, its icon, its word. While its webhook is off, what waits is held. */
export function statusOf(
  { status, attempts, type }: Pick<Delivery, "status" | "attempts" | "type">,
  webhook: { status: WebhookStatus },
): [string, string, string] {
  if (status === "delivered") return ["good", "circle-check", t("Delivered")];
  if (status === "failed") return ["bad", "triangle-alert", t("Failed")];
  if (webhook.status !== "active" && type !== testType) return ["off", "clock", t("Held")];
  if (status === "sending") return ["wait", "refresh-cw", t("Being sent")];
  return ["wait", "clock", attempts > 0 ? t("Tried again later") : t("Waiting")];
}

/** What a delivery tells of, in words. */
export const typeWords = (type: string): string => (type === testType ? t("Test") : eventTitle(type as EventName));

/** What came of a try, in words. */
export function outcomeOf({ status, error }: Pick<Attempt, "status" | "error">): string {
  if (status === null) return outboundWords(error ?? "");
  if (status >= 200 && status < 300) return t("The receiver took it.");
  if (status >= 300 && status < 400)
    return t("The receiver sends Muster elsewhere. Redirects are not followed: enter the final address.");
  if (status === 410) return t("The receiver is gone for good, so the webhook was switched off.");
  if (status === 429) return t("The receiver gets more than it wants at a time.");
  return status < 500 ? t("The receiver refused it.") : t("The receiver had trouble of its own.");
}
