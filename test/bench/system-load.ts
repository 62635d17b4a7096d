import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, System } from "./system.ts";

/** What a crowd saw while something was broken. */
export interface Seen {
  answers: number;
  /** Neither answered nor refused in our own words: no answer at all, or an error of the proxy. */
  lost: number;
  /** Our own page or problem that says to come back (503). */
  refused: number;
  /** The slowest answer, and within what 95 of 100 came, in milliseconds. */
  slowest: number;
  p95: number;
  /** From the first trouble to the first moment from which on all was well, in milliseconds. */
  trouble: number;
}

/** Readers of the users list and writers who draft invitations, all at once, until they leave. */
export class Crowd {
  /** Addresses whose draft was confirmed to a writer. */
  drafted: { email: string; id: string }[] = [];
  private system: System;
  private going = true;
  private loops: Promise<void>[] = [];
  private all: { at: number; answer: Answer }[] = [];

  constructor(system: System, cookie: string, account: string, tag: string, { readers = 6, writers = 2 } = {}) {
    this.system = system;
    for (let n = 0; n < readers; n++) this.loops.push(this.live(() => system.ask("/admin/users", cookie)));
    for (let n = 0; n < writers; n++) {
      let count = 0;
      this.loops.push(
        this.live(async () => {
          const email = `${tag}-${n}-${count++}@crowd.example`;
          const answer = await system.ask("/admin/users/new", cookie, { email, _account: account });
          const id = /users\/([0-9a-f-]{36})\//.exec(answer.headers.get("location") ?? "")?.[1];
          if (answer.status === 303 && id) this.drafted.push({ email, id });
          return answer;
        }),
      );
    }
  }

  private async live(act: () => Promise<Answer>) {
    while (this.going) {
      const answer = await act();
      this.all.push({ at: Date.now(), answer });
      await sleep(30);
    }
  }

  async leave(): Promise<Seen> {
    this.going = false;
    await Promise.all(this.loops);
    const ours = ({ answer }: { answer: Answer }) => answer.status === 503 && answer.text.includes("Muster");
    const bad = this.all.filter(({ answer }) => answer.status !== 200 && answer.status !== 303);
    const lost = bad.filter((each) => !ours(each));
    for (const { answer } of lost.slice(0, 3)) console.error(`    lost: ${answer.status} ${answer.text.slice(0, 120)}`);
    const times = this.all.map(({ answer }) => answer.ms).sort((a, b) => a - b);
    return {
      answers: this.all.length,
      lost: lost.length,
      refused: bad.length - lost.length,
      slowest: times.at(-1) ?? 0,
      p95: times[Math.floor(times.length * 0.95)] ?? 0,
      trouble: bad.length > 0 ? bad.at(-1)!.at - (bad[0]!.at - bad[0]!.answer.ms) : 0,
    };
  }

  /** What was confirmed and is not there, or is there twice, or without its event: nothing, whatever was broken. */
  async wrongs(): Promise<Record<string, number>> {
    const emails = this.drafted.map(({ email }) => email);
    const [row] = await this.system.sql<Record<string, number>[]>`
      with wanted as (select unnest(${emails}::text[]) as email),
      found as (select w.email, count(m.id)::int as n from wanted w left join members m on m.email = w.email group by 1)
      select (select count(*)::int from found where n <> 1) as not_once,
        (select count(*)::int from members m where m.email like '%@crowd.example' and not exists (
          select from events e where e.subject_id = m.id::text and e.name = 'invite.drafted')) as without_event,
        (select count(*)::int from events e where e.name = 'invite.drafted' and e.subject_label like '%@crowd.example'
          and not exists (select from members m where m.id::text = e.subject_id)) as without_member`;
    return Object.fromEntries(Object.entries(row!).filter(([, count]) => count > 0));
  }
}
