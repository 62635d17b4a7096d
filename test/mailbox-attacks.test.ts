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

describe("what a mail server says that no mail server should", () => {
  const part = `("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)`;
  const envelope = `("Mon, 23 Nov 2026 09:00:00 +0000" "S" NIL NIL NIL NIL NIL NIL NIL "<1@a.test>")`;
  const said = (uid: string, body = part, more = "", about = envelope) =>
    `* 1 FETCH (UID ${uid} FLAGS () INTERNALDATE NIL RFC822.SIZE -5 ENVELOPE ${about} BODYSTRUCTURE ${body}${more})\r\n`;
  const rows = [
    ...["0", "x", "-1", "99999999999999999999"].map((uid) => said(uid)),
    ...["* 1 FETCH (FLAGS ())\r\n", "* 1 FETCH ()\r\n", "* 1 FETCH\r\n", `* 1 FETCH "x"\r\n`],
    ...["NIL", "()", "(() ())", `"x"`, "(5 6 7 8 9 10 11 12 13)"].map((body) => said("1", body)),
    said("1", `("text" "plain" NIL NIL NIL "base64" 99999999999999999999 1 NIL ("attachment" NIL) NIL NIL)`),
    said("1", "(".repeat(20_000) + part + ` "mixed")`.repeat(20_000)),
    ...["NIL", "(a b)", "{3}\r\n\u0000\r\n"].map((head) => said("1", part, ` BODY[HEADER]<0> ${head}`)),
    ...["NIL", `"x"`, `("x")`, `("x" "=?utf-8?q?=ED=A0=80=00=0A?=" ((((NIL)))))`].map((a) => said("1", part, "", a)),
    said("1").repeat(3000),
  ];
  const folders = [
    ...[`"${"x/".repeat(50_000)}y"`, `"a&AAA-b"`, `"&2AA-"`, `"&&&-&x"`, "NIL", "(a)", "{4}\r\na\r\nb", "__proto__"],
    `f\r\n* LIST () "/" "g"`.repeat(2000),
  ].map((name) => `* LIST () "/" ${name}\r\n`);

  test("M12 T73 T74 is passed over, and is no fault of ours, on the page as by API", async () => {
    const { account, user, program: api } = await program("viewer");
    let [row, list] = ["", ""];
    const odd = await pretender((socket, tag, command) => {
      const words = /^LIST/.test(command) ? list : /FETCH/.test(command) ? row : "";
      if (words) socket.write(`${words}${tag} OK done\r\n`);
      return words !== "";
    });
    const mailbox = await mailboxAt(odd, account);
    const browser = await browserOf(user, account);
    const faults: string[] = [];
    const ask = async (below: string, told: string) => {
      const answer = await api.get(`/mailboxes/${mailbox.id}${below}`);
      const page = await browser.get(`/admin/mailboxes/${mailbox.id}${below.replace("folders", "messages")}`);
      const statuses = [answer.status, page.status];
      if (statuses.some((status) => status >= 500)) faults.push(`${statuses} ${below} ${told.slice(0, 200)}`);
      return answer.body.data ?? [];
    };
    for (row of rows) for (const below of ["/messages?limit=2", "/messages/1"]) await ask(below, row);
    expect((await api.get(`/mailboxes/${mailbox.id}/messages?limit=2`).expect(200)).body.data).toHaveLength(2);
    row = said("1");
    for (list of folders)
      for (const { path } of await ask("/folders", list))
        if (path.length > 500 || /\p{Cc}/u.test(path) || !path.isWellFormed()) faults.push(JSON.stringify(path));
    expect(faults).toEqual([]);
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
