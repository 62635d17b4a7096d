import type { BrowserContextOptions, Page } from "playwright-core";

interface Tools {
  visit: (options: BrowserContextOptions, email?: string) => Promise<Page>;
  open: (page: Page, path: string) => Promise<void>;
  picture: (page: Page, name: string) => Promise<void>;
}

const pages: [name: string, list: string, link?: string, tab?: string][] = [
  ["dashboard-1360-light", "/admin/dashboard"],
  ["mailboxes-1360-light", "/admin/mailboxes"],
  ["mailbox-1360-light", "/admin/mailboxes", "Support"],
  ["mailbox-delivery-1360-light", "/admin/mailboxes", "Press", "/delivery"],
  ["mailbox-passwords-1360-light", "/admin/mailboxes", "Support", "/passwords"],
  ["connector-1360-light", "/admin/connectors", "Google Workspace"],
  ["webhook-1360-light", "/admin/webhooks", "Keeps the staff list"],
  ["api-client-1360-light", "/admin/api-clients", "Personnel sync"],
  ["api-1360-light", "/api/v1"],
  ["logs-1360-light", "/admin/logs"],
  ["subscription-1360-light", "/admin/subscription"],
  ["mailbox-why-1360-light", "/admin/mailboxes", "Press", "/why"],
];

/** The pictures of the console's other rooms: what one page of each looks like, and the dashboard in the dark. */
export async function takeConsolePictures({ visit, open, picture }: Tools, owner: string): Promise<void> {
  const viewport = { width: 1360, height: 860 };
  const page = await visit({ viewport, colorScheme: "light" }, owner);
  for (const [name, list, link, tab = ""] of pages) {
    await open(page, list);
    if (link) {
      const href = await page.locator("tbody a", { hasText: link }).first().getAttribute("href");
      await open(page, `${href}${tab}`);
    }
    await picture(page, name);
  }
  const dark = await visit({ viewport, colorScheme: "dark" }, owner);
  await open(dark, "/admin/dashboard");
  await picture(dark, "dashboard-1360-dark");
}
