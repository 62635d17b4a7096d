/** Who is in the demo data. */

export const demoPassword = "harbour lantern violet";

/** The sign-ins that `npm start` prints. */
export const demoPeople = [
  { email: "olivia@northwind.test", about: "owner of Northwind" },
  { email: "adam@northwind.test", about: "admin of Northwind" },
  { email: "vera@northwind.test", about: "viewer of Northwind" },
  { email: "tom@harbourpress.test", about: "in two accounts: owner of Harbour Press, press desk at Northwind" },
  { email: "petra@atelier.test", about: "registered, in no company yet: invite her" },
];

/**
 * One person a line: name | address | status | rights | in the account since | last sign-in. A right is a role, a role or a
 * permission at a mailbox (`support:Mailbox editor`), or a permission. `*` marks a corporate user.
 */
export const northwindPeople = `
Olivia Hartmann | olivia | active | Owner, press:Mailbox owner | 412 | 0
Adam Whitlock | adam | active | Admin, support:Mailbox owner | 405 | 0
Vera Lindqvist | vera | active | Viewer | 371 | 1
Tom Okafor | tom@harbourpress.test | active | Press desk, press:Press officer, events:Mailbox reader | 238 | 2
王 小明 | xiaoming.wang | active | Viewer, support:Mailbox editor, billing:Mailbox reader | 356 | 0
Zoë van der Berg | zoe | active | Admin | 344 | 3
Jürgen Weiß | juergen.weiss | active | People team | 330 | 1
ليلى حداد | layla.haddad | active | Press desk, press:Mailbox owner | 322 | 4
Søren Østergård | soren | active | Viewer, events:Mailbox editor | 318 | 12
María José Núñez | mariajose | active | support:Mailbox editor | 301 | 0
Priya Raghunathan | priya | active | Viewer, Auditor | 298 | 6
Łukasz Wójcik | lukasz | active | support:Triage | 290 | 2
דניאל כהן | daniel.cohen | active | Viewer, jobs:Mailbox editor | 281 | 15
Nguyễn Thị Hoa | hoa.nguyen | active | events:Mailbox owner, newsletter:Mailbox editor | 274 | 5
Amélie Rousseau | amelie | active | Press desk, press:Press officer | 266 | 1
Björk Sigurðardóttir | bjork | active | Viewer | 259 | 33
Kwame Mensah | kwame | active | support:Mailbox editor, billing:Mailbox editor | 251 | 0
Ines Carvalho | ines | active | Viewer, subscription.change | 244 | 8
Δημήτρης Παπαδόπουλος | dimitris | active | jobs:Mailbox reader | 240 | 47
Fatima Al-Sayed | fatima | active | People team, jobs:Mailbox owner | 233 | 2
Hiroshi Tanaka | hiroshi * | active | Viewer, support:messages.read | 226 | 9
Chiara De Luca | chiara * | active | Press desk, press:Mailbox editor | 219 | 3
Oleksandr Shevchenko | oleksandr * | active | support:Mailbox editor | 211 | 1
Grace O'Connell | grace.oconnell | active | Auditor | 205 | 20
Mateusz Zieliński | mateusz | active | Viewer | 198 | 61
Aisha Bello | aisha | active | billing:Mailbox owner | 190 | 4
Émile Dubois | emile | active | Viewer, events:Mailbox reader | 184 | 7
Jana Nováková | jana | active | support:Triage | 171 | 0
Rajesh Iyer | rajesh | active | orders:Mailbox editor, support:Mailbox reader | 163 | 2
Sofia Andersson | sofia.andersson | active | Viewer | 154 | 92
Pedro Henrique Alves | pedro | active | newsletter:Mailbox owner | 149 | 11
Anna-Lena Böhm | anna-lena | active | People team | 137 | 5
김민준 | minjun.kim | active | Viewer, orders:Mailbox reader | 128 | 14
Thandiwe Dlamini | thandiwe | active | Press desk | 117 | 3
Noah Fischer | noah.fischer | active | support:Mailbox reader | 104 | 26
Siobhán Byrne | siobhan | active | Viewer, events:Mailbox owner | 96 | 1
Yusuf Demir | yusuf | active | orders:Mailbox owner | 83 | 0
Camille Laurent | camille@freelance.test | active | press:Press officer | 71 | 4
Ingrid Solberg | ingrid | active | Viewer | 64 | 10
Ravi Patel | ravi@consulting.test | active | logs.view, audit.view | 52 | 6
Elif Kaya | elif | active | Viewer, jobs:Mailbox editor | 41 | 2
Marek Horák | marek | active | support:Triage, billing:messages.read | 33 | 1
Lucía Fernández | lucia | active | | 24 | 24
Ben Achterberg | ben | active | Viewer | 12 | 0
Dorothea von Hohenstein-Oettingen | dorothea | active | Viewer, support:Mailbox reader, press:Mailbox reader, events:Mailbox reader, jobs:Mailbox reader | 9 | 3
Gareth Pugh | gareth | blocked | support:Mailbox editor | 310 | 118
Mila Jovanović | mila | blocked | Viewer | 175 | 80
Curtis Vance | curtis@agency.test | blocked | press:Press officer | 90 | 45
Nils Bergström | nils.bergstrom * | waiting | Viewer | 2 |
Hana Sato | hana.sato * | waiting | support:Mailbox reader | 1 |
Leonie Krüger | leonie.krueger@studio-krueger.test | invited | press:Press officer | 1 |
Emeka Obi | emeka@obi-events.test | invited | Viewer, events:Mailbox editor | 2 |
Paula Reyes | paula.reyes@reyes-legal.test | invited | Auditor | 5 |
| printshop@druckhaus.test | invited | newsletter:Mailbox reader | 3 |
Jonas Brandt | jonas.brandt@brandt-it.test | invited | support:Mailbox owner | 4 |
Mona Farouk | mona.farouk@translations.test | bounced | Viewer | 1 |
Victor Hugo Lima | victor@lima-design.test | draft | Press desk | 0 |
| intern.autumn@northwind.test | draft | | 6 |
Kirsten Möller | kirsten@moeller-consulting.test | draft | Auditor, billing:Mailbox reader | 13 |
Oscar Lindholm | oscar@lindholm.test | declined | Viewer | 27 |
Beatrix Sommer | bea.sommer@sommer-pr.test | revoked | Press desk | 38 |
Dev Malhotra | dev@malhotra.test | expired | support:Mailbox reader | 44 |
Ruth Adeyemi | ruth@adeyemi.test | expired | | 58 |
Walter Pfeiffer | walter | removed | Viewer | 380 | 19
Tanja Ilić | tanja@ilic.test | removed | press:Press officer | 122 | 31
`;

export const harbourPeople = `
Tom Okafor | tom@harbourpress.test | active | Owner | 260 | 2
Maya Fitzgerald | maya | active | Admin, letters:Mailbox owner | 255 | 1
Idris Campbell | idris | active | Viewer, letters:Mailbox editor | 201 | 5
Vera Lindqvist | vera@northwind.test | invited | Viewer, letters:Mailbox reader | 1 |
Sam Whitaker | sam | draft | Viewer | 2 |
`;

export const atelierPeople = `
Petra Vogel | petra@atelier.test | active | Owner | 80 | 6
`;

export interface DemoPerson {
  firstName: string;
  lastName: string;
  email: string;
  corporate: boolean;
  /** A member's status, or `bounced`: invited, and the mail came back. */
  status: string;
  rights: string[];
  joined: number;
  signedIn: number | null;
}

/** The lines above as people. The first word is the first name; names without Latin letters are split the same way. */
export function readPeople({
  people,
  domain,
  corporate,
}: {
  people: string;
  domain: string;
  corporate?: boolean;
}): DemoPerson[] {
  const here = new Set(["active", "blocked", "waiting"]);
  return people
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", address = "", status = "", rights = "", joined, signedIn] = line
        .split("|")
        .map((p) => p.trim());
      const [firstName = "", ...last] = name.split(" ");
      const local = address.replace(" *", "");
      return {
        firstName,
        lastName: last.join(" "),
        email: local.includes("@") ? local : `${local}@${domain}`,
        corporate: address.endsWith("*") || Boolean(corporate && !local.includes("@") && here.has(status)),
        status,
        rights: rights.split(", ").filter(Boolean),
        joined: Number(joined),
        signedIn: signedIn ? Number(signedIn) : null,
      };
    });
}
