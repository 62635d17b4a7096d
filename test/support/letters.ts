interface Letter {
  subject: string;
  from?: string;
  text?: string;
  /** Instead of a text: headers of the content, a blank line, the content. */
  content?: string;
  id?: string;
  headers?: string[];
}

/** A message as it travels. */
export const letter = ({
  subject,
  from = "Ana <ana@elsewhere.test>",
  text = "",
  content,
  id,
  headers = [],
}: Letter): string =>
  [
    `From: ${from}`,
    "To: Press <press@acme.test>",
    `Subject: ${subject}`,
    `Message-ID: <${id ?? subject.toLowerCase().replaceAll(" ", "-")}@acme.test>`,
    "Date: Mon, 16 Nov 2026 09:00:00 +0100",
    "MIME-Version: 1.0",
    ...headers,
    content ?? `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`,
  ].join("\r\n");

/** Several parts in one. */
export const multipart = (kind: string, parts: string[], mark = `mark-${kind}`): string =>
  `Content-Type: multipart/${kind}; boundary="${mark}"\r\n\r\n${parts.map((part) => `--${mark}\r\n${part}\r\n`).join("")}--${mark}--\r\n`;

const html = (content: string) => `Content-Type: text/html; charset=utf-8\r\n\r\n${content}`;
const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
const file = (head: string, bytes: Buffer) => `${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(bytes)}`;

const remote = multipart("related", [
  html(
    `<p>secret words</p><script>alert(1)</script><img src="cid:logo@x" alt="Logo"><img src="https://tracker.example/p.png"><img src="http://tracker.example/q.png" onerror=alert(1)>`,
  ),
  file("Content-Type: image/png\r\nContent-ID: <logo@x>", Buffer.from("89504e470d0a1a0a", "hex")),
]);

const attached = multipart("mixed", [
  html(`<p>See attached</p>`),
  file(
    `Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=UTF-8''${encodeURIComponent('Plan "/\u202e für.bin')}`,
    Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 256)),
  ),
  file(
    `Content-Type: text/html; name="page.html"\r\nContent-Disposition: attachment`,
    Buffer.from("<script>alert(1)</script>"),
  ),
  file(
    `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="invoice.pdf.exe"`,
    Buffer.from("MZ"),
  ),
]);

const latin = Buffer.from(
  letter({
    subject: "Latin",
    content:
      "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe aus K\u00f6ln",
  }),
  "latin1",
);

const nested = Array.from({ length: 30 }).reduce<string>(
  (inner, _, n) => multipart("mixed", [inner], `m${n}`),
  "Content-Type: text/plain\r\n\r\ndeep down",
);

/** What a folder called Odd holds: folder, message, flags. */
export const letters: [folder: string, raw: string | Buffer, flags?: string[]][] = (
  [
    letter({ subject: "Plain", text: "Hello <b>you</b>\r\nhttps://acme.test/x" }),
    latin,
    letter({
      subject: "Shift",
      content: `Content-Type: text/html; charset=shift_jis\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from("3c703e82b182f182c982bf82cd3c2f703e", "hex").toString("base64")}`,
    }),
    letter({ subject: "Unknown alphabet", content: "Content-Type: text/plain; charset=x-klingon\r\n\r\nplain words" }),
    letter({
      subject: "Broken",
      content: `Content-Type: multipart/mixed; boundary="never"\r\n\r\n--never\r\nContent-Type: text/html; charset\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>still readable=ZZ=`,
    }),
    letter({ subject: "Empty", content: "Content-Type: image/png\r\nContent-Disposition: attachment\r\n\r\n" }),
    letter({ subject: "Nested", content: nested }),
    letter({ subject: "Huge", content: html(`<p>${"long words ".repeat(200_000)}</p>`) }),
    letter({
      subject: "Headers =?utf-8?q?=3Cscript=3Ealert(1)=3C/script=3E?=",
      from: "=?utf-8?q?Zo=C3=AB_=3Cscript=3E?= <zoe@acme.test>",
      id: "headers",
      text: "x",
      headers: ["Reply-To: billing@evil.test", "X-Evil: <script>alert(2)</script>", `X-Long: ${"y".repeat(3000)}`],
    }),
    letter({ subject: "Remote", content: remote }),
    letter({ subject: "Attached", content: attached }),
  ] satisfies (string | Buffer)[]
).map((raw) => ["Odd", raw]);
