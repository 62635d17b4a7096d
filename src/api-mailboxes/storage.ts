import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { orderMeasurement } from "../storage/order.ts";

/** How full a mailbox is stands with the mailbox; here it is asked for anew (M11). */
export const storage = [
  endpoint({
    method: "POST",
    path: "/mailboxes/:id/measurement",
    tag: "Mailboxes",
    summary: "Have a mailbox measured now",
    description:
      "By a job; `storage.measuredAt` of the mailbox says when it was done. A few times in ten minutes at most.",
    permission: "mailboxes.edit",
    others: ["mailbox.manage"],
    params: byId,
    status: 204,
    handle: async (actor, { params }) => {
      await orderMeasurement(actor, params.id);
      return {};
    },
  }),
];
