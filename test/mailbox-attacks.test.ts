import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { closeConnections } from "../src/imap/connections.ts";
import { browserOf } from "./support/browser.ts";
import { noDovecot, startDovecot } from "./support/dovecot.ts";
import { mailboxAt, pretender, row } from "./support/pretender.ts";
import { program } from "./support/programs.ts";
import { times } from "./support/waits.ts";

beforeEach(() => {
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
});
afterAll(() => closeConnections());

describe("a mail server that its account wrote itself", () => {
  test("M12 T92 keeps many programs waiting, and leaves room for the mailboxes of others", async () => {
    const [ours, neighbours] = [await program("viewer"), await program("viewer")];
    const hangs = await pretender((_socket, _tag, command) => /^EXAMINE/.test(command));
    const [slow, quick] = [
      await mailboxAt(hangs, ours.account),
      await mailboxAt(await pretender(), neighbours.account),
    ];
    const asked = Array.from({ length: 20 }, () =>
      ours.program.get(`/mailboxes/${slow.id}/messages`).then(({ status }) => status),
    );
    while (hangs.sockets.size === 0) await sleep(20);
    await sleep(500);
    const drip = setInterval(() => {
      for (const socket of hangs.sockets) socket.write("* OK still here\r\n");
    }, 500);
    const answer = await neighbours.program.get(`/mailboxes/${quick.id}/messages`);
    clearInterval(drip);
    hangs.trick = (socket) => Boolean(socket.destroy());
    hangs.letGo();
    expect(await Promise.all(asked)).toEqual(asked.map(() => 409));
    expect(answer.body).toMatchObject({ data: [{ uid: 3 }, { uid: 2 }, { uid: 1 }] });
  });
  test("M12 T73 that answers without end is left before it fills the memory", async () => {
    const { account, program: api } = await program("viewer");
    let sent = 0;
    const floods = await pretender((socket, _tag, command) => {
      if (!/FETCH/.test(command)) return false;
      const rows = row(1, "x".repeat(60_000)).repeat(16);
      const more = () => {
        while (!socket.destroyed && sent < 600_000_000) {
          sent += rows.length;
          if (!socket.write(rows)) return void socket.once("drain", more);
        }
      };
      more();
      return true;
    });
    const mailbox = await mailboxAt(floods, account);
    const answer = await api.get(`/mailboxes/${mailbox.id}/messages`);
    expect([answer.status, answer.body.detail]).toEqual([409, "The mail server did not do what was asked of it."]);
    expect(sent).toBeLessThan(200_000_000);
    await api.get(`/mailboxes/${mailbox.id}/messages/1`).expect(409);
    expect(sent).toBeLessThan(300_000_000);
  });
});

describe("a message of many megabytes", () => {
  test("M12 is told without its film, which is saved whole however long it is", async ({ skip }) => {
    const dovecot = await startDovecot({ tls: "none" });
    if (!dovecot) return skip(noDovecot);
    dovecot.addUser("ana", "the right one");
    const lines = times(50_000, 800_000);
    const line = `${"A".repeat(76)}\r\n`;
    const head = ["From: ana@elsewhere.test", "Subject: Huge", "Content-Type: multipart/mixed; boundary=b", "", "--b"];
    const text = ["Content-Type: text/plain", "", "See the film.", "--b"];
    const film = ["Content-Type: video/mp4; name=film.mp4", "Content-Transfer-Encoding: base64", "", ""];
    const letter = Buffer.from(`${[...head, ...text, ...film].join("\r\n")}${line.repeat(lines)}--b--\r\n`);
    await dovecot.deliver("ana", letter);
    const { account, user, program: api } = await program("viewer");
    const mailbox = await mailboxAt(dovecot, account);
    const { body } = await api.get(`/mailboxes/${mailbox.id}/messages/1`).expect(200);
    expect(body).toMatchObject({
      text: "See the film.",
      attachments: [{ name: "film.mp4", bytes: expect.any(Number) }],
    });
    const browser = await browserOf(user, account);
    const saved = await browser.get(`/admin/mailboxes/${mailbox.id}/messages/1/attachments/2`).expect(200);
    expect(saved.body).toHaveLength(lines * 57);
  });
});
