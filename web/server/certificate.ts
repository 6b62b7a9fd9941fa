import { X509Certificate } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface Certificate {
  key: string;
  cert: string;
}

const validDays = 365;
const renewBeforeMs = 7 * 24 * 3600 * 1000;

/**
 * The self-made certificate of this machine, kept in `folder` so that browsers that were told to
 * accept it go on doing so; made anew when it nears its end or does not name `host`.
 */
export async function ownCertificate(folder: string, host: string): Promise<Certificate> {
  const keyPath = join(folder, "https-key.pem");
  const certPath = join(folder, "https-certificate.pem");
  const names = [...new Set(["localhost", "127.0.0.1", "::1", host, ...ownAddresses()])];
  try {
    const [key, cert] = await Promise.all([readFile(keyPath, "utf8"), readFile(certPath, "utf8")]);
    if (isUsable(new X509Certificate(cert), names)) return { key, cert };
  } catch {
    // None yet, or one that cannot be read: a new one replaces it.
  }
  const made = await makeCertificate(names);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(keyPath, made.key, { mode: 0o600 });
  await chmod(keyPath, 0o600);
  await writeFile(certPath, made.cert);
  return made;
}

function isUsable(certificate: X509Certificate, names: string[]): boolean {
  if (Date.parse(certificate.validTo) - Date.now() < renewBeforeMs) return false;
  return names.every((name) =>
    isIP(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name) !== undefined,
  );
}

async function makeCertificate(names: string[]): Promise<Certificate> {
  const altNames = names.map((name) =>
    isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
  );
  const now = Date.now();
  const made = await generate([{ name: "commonName", value: "DeAI" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now - 24 * 3600 * 1000),
    notAfterDate: new Date(now + validDays * 24 * 3600 * 1000),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { key: made.private, cert: made.cert };
}

function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
}
