import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { config } from "../config.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that are given out to the public at all (RFC 4291, IANA): `::10.0.0.1` is called unicast, too. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
/** RFC 6052: the last four bytes are the IPv4 address that a translator goes to. */
const translated = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/**
 * Whether Muster connects to this address on somebody's word: plain public unicast, or in a network of OUTBOUND_ALLOW. An
 * IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is; tunnels (6to4, Teredo) and whatever is reserved
 * are refused (T73). What is no plain address is refused.
 */
export function isAllowed(address: string): boolean {
  const plain = readAddress(address);
  return plain !== undefined && (isOperators(address) || isPublic(plain));
}

/** Whether the operator named this address, by itself or by its network: then any port of it may be used, too. */
export function isOperators(address: string): boolean {
  const plain = readAddress(address);
  return config.OUTBOUND_ALLOW.map(networkOf).some(
    ([network, bits]) => network.kind() === plain?.kind() && plain.match(network, bits),
  );
}

/** What the system connects to. The URL parser writes IPv6 in plain hex first: ipaddr.js reads `::8.8.8.8` as mapped. */
function readAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (!family || text.includes("%")) return undefined;
  return ipaddr.process(family === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === "unicast";
  if (address.match(translated)) return isPublic(ipaddr.fromByteArray(address.toByteArray().slice(12)));
  return address.match(globalUnicast) && address.range() === "unicast";
}

/** `10.0.0.0/8` or a single address, which is a network of one. The settings were checked when the process began. */
function networkOf(text: string): [Address, number] {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}
