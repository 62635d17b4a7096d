import "./support/outbox.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { workbookType } from "../src/import-files/kinds.ts";
import { runJobs } from "./support/outbox.ts";
import { bare, type Program, program, programOf } from "./support/programs.ts";
import { workbookOf } from "./support/workbooks.ts";
import { type Account, create, eventsOf } from "./support/world.ts";

let account: Account;
let api: Program;
let viewer: Program;
let neighbour: Program;

beforeAll(async () => {
  ({ account, program: api } = await program("owner"));
  const open = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;
  await create.domain(account, { name: "records.example", ...open });
  viewer = await programOf(account, (await create.colleague(account, ["viewer"])).user);
  neighbour = (await program("owner")).program;
});

const users = (...locals: string[]) => locals.map((local) => ["Ana", "Lopez", `${local}@records.example`, ""]);

/** Sends a file as it is. */
const upload = (who: Program, bytes: Uint8Array, type = workbookType) =>
  bare("post", "/imports?name=people.xlsx")
    .set({ Authorization: `Bearer ${who.token}`, "Content-Type": type })
    .send(Buffer.from(bytes));

/** The bytes of an answer that is a file. */
const fetched = (who: Program, path: string) =>
  who
    .get(path)
    .buffer(true)
    .parse((res, done) => {
      const pieces: Buffer[] = [];
      res.on("data", (piece: Buffer) => pieces.push(piece));
      res.on("end", () => done(null, Buffer.concat(pieces)));
    });

describe("imports", () => {
  test("A56 R13 a workbook is uploaded as it is, checked, started and applied; the same bytes are one import", async () => {
    const book = await workbookOf({ users: users("ana", "ben") });
    const sent = await upload(api, book).expect(201);
    expect(sent.body).toMatchObject({ status: "queued", fileName: "people.xlsx" });
    expect((await upload(api, book).expect(201)).body.id).toBe(sent.body.id);
    await runJobs();

    const path = `/imports/${sent.body.id}`;
    const checked = (await api.get(path).expect(200)).body;
    expect(checked).toMatchObject({ status: "checked", found: { create: 2, update: 0 }, error: null });
    expect((await api.get(`${path}/problems`).expect(200)).body.data[0]).toMatchObject({ tier: "warning" });
    await api.post(`${path}/start`, { create: 1, update: 0 }).expect(409);
    await api.post(`${path}/start`, { create: 2, update: 0 }).expect(200);
    await runJobs();
    const done = (await api.get(path).expect(200)).body;
    expect(done).toMatchObject({ status: "done", results: { create: 2 } });
    expect(done.files).toContain("annotated");

    const file = await fetched(api, `${path}/files/annotated`).expect(200);
    expect(file.body.subarray(0, 2).toString()).toBe("PK");
    expect(file.headers["content-disposition"]).toContain("annotated");
    expect(await eventsOf(account.id)).toContain("import.downloaded");
    await api.get(`${path}/files/other`).expect(404);
    await api.post(`${path}/cancel`).expect(409);
    await api.post(`${path}/resume`).expect(409);
    expect((await api.get("/imports?limit=1").expect(200)).body.data).toHaveLength(1);
  });

  test("T75 what is no workbook is refused with its reason, and leaves nothing", async () => {
    expect((await upload(api, Buffer.from("a,b,c")).expect(422)).body.errors[0].detail).toContain("not a workbook");
    await upload(api, Buffer.from("{}"), "application/json").expect(415);
    await upload(api, Buffer.alloc(26 * 1024 * 1024, "PK\u0003\u0004")).expect(413);
    const refused = await upload(api, await workbookOf({ users: [["Eve", "Stranger", "eve@elsewhere.test", ""]] }));
    await runJobs();
    expect((await api.get(`/imports/${refused.body.id}`).expect(200)).body.status).toBe("refused");
    const [problem] = (await api.get(`/imports/${refused.body.id}/problems`).expect(200)).body.data;
    expect(problem).toMatchObject({ tier: "file", sheet: "Users", column: "C", value: "eve@elsewhere.test" });
    for (const who of [viewer, neighbour])
      await who.get(`/imports/${refused.body.id}`).expect(who === viewer ? 403 : 404);
    await upload(viewer, await workbookOf({ users: users("carl") })).expect(403);
    await neighbour.post(`/imports/${refused.body.id}/cancel`).expect(404);
  });
});

describe("reports", () => {
  test("A69 A71 T88 one is ordered, made, and fetched by whoever may generate reports now", async () => {
    const ordered = await api.post("/reports", { format: "csv", filter: "status=active" }).expect(201);
    const path = `/reports/${ordered.body.id}`;
    await api.get(`${path}/files/1`).expect(409);
    await runJobs();
    const made = (await api.get(path).expect(200)).body;
    expect(made).toMatchObject({ status: "done", format: "csv", files: [{ part: 1 }] });
    const file = await fetched(api, `${path}/files/1`).expect(200);
    expect(file.body.toString()).toContain("E-mail address");
    expect(file.headers["content-type"]).toContain("text/csv");
    expect(await eventsOf(account.id)).toContain("report.downloaded");
    await api.post(`${path}/cancel`).expect(409);
    expect((await api.get("/reports").expect(200)).body.data[0].id).toBe(ordered.body.id);

    await viewer.get(`${path}/files/1`).expect(403);
    await neighbour.get(`${path}/files/1`).expect(404);
    await neighbour.get(path).expect(404);
    await api.post("/reports", { format: "doc" }).expect(422);
    await api.post("/reports", { format: "csv", members: [crypto.randomUUID()] }).expect(404);
  });
});
