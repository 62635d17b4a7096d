import { config } from "../config.ts";

/** Where the TXT record that proves a domain stands. */
export const challengeHost = (name: string): string => `_muster-challenge.${name}`;

/** Where the CNAME record that proves a domain stands. */
export const aliasHost = (token: string, name: string): string => `_muster-${token}.${name}`;

/** Where that CNAME record points. */
export const verifyHost = (): string => `verify.${config.MAIL_DOMAIN}`;

export const proofValue = (token: string): string => `token=${token}`;

export const dkimHost = (selector: string, name: string): string => `${selector}._domainkey.${name}`;

export const dkimValue = (publicKey: string): string => `v=DKIM1; k=rsa; p=${publicKey}`;
