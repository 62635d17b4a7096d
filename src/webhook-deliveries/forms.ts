import type { EventName } from "../audit/events.ts";
import { isUuid } from "../http/ids.ts";
import { testType } from "../webhook-sending/message.ts";
import { toldEvents } from "../webhooks/told-events.ts";

export const shownStates = ["all", "delivered", "open", "failed"] as const;
export type ShownState = (typeof shownStates)[number];

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** The log's filters as they stand in the query string; what is none narrows nothing (T61). `before`: a delivery's id. */
export function readDeliveryQuery(query: Record<string, unknown>) {
  const type = text(query.type);
  return {
    show: shownStates.find((state) => state === query.show) ?? "all",
    type: type === testType || toldEvents.includes(type as EventName) ? type : "",
    before: isUuid(query.before) ? query.before : undefined,
  };
}

export type DeliveryQuery = ReturnType<typeof readDeliveryQuery>;
