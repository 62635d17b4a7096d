import type { Tx } from "../db/client.ts";
import { log } from "../log.ts";
import { queueMail } from "../mail/outbox.ts";
import { recipients } from "./recipients.ts";
import type { Alarm } from "./settle.ts";

/**
 * Says that an alarm was raised or cleared: by mail to each recipient, and in the log, where monitoring of logs finds it as
 * an error. That no mail leaves is not said by mail.
 */
export async function tell(tx: Tx, alarm: Alarm, what: "raised" | "cleared"): Promise<void> {
  const line = { alarm: alarm.kind, detail: alarm.detail };
  if (what === "raised") log.error(line, "alarm raised");
  else log.info(line, "alarm cleared");
  if (alarm.kind === "mail_failing" && what === "raised") return;
  for (const to of await recipients(tx))
    await queueMail(tx, { kind: "alarm", subjectId: alarm.id, data: { to, what } });
}
