import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

const key = ['-newkey', 'rsa:2048', '-nodes'];

/** The files of a certificate and of its private key. */
export interface Certificate {
  file: string;
  key: string;
}

/** A private certificate authority. */
export class Authority {
  /** Its own certificate. */
  readonly file: string;

  private constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    this.file = path.join(folder, `${name}.pem`);
  }

  /** @param folder an existing one, for its files */
  static async create(folder: string, name: string): Promise<Authority> {
    const authority = new Authority(folder, name);
    const files = ['-keyout', authority.#key, '-out', authority.file];
    await execa('openssl', ['req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name}`, ...files]);
    return authority;
  }

  /** Signs a certificate for a host. */
  async sign(host: string): Promise<Certificate> {
    const made = { file: path.join(this.folder, `${host}.pem`), key: path.join(this.folder, `${host}.key`) };
    const [request, extensions] = [`${made.file}.csr`, `${made.file}.ext`];
    fs.writeFileSync(extensions, `subjectAltName=DNS:${host}`);
    await execa('openssl', ['req', ...key, '-subj', `/CN=${host}`, '-keyout', made.key, '-out', request]);
    const signer = ['-CA', this.file, '-CAkey', this.#key, '-CAcreateserial'];
    const output = ['-extfile', extensions, '-out', made.file];
    await execa('openssl', ['x509', '-req', '-days', '2', '-in', request, ...signer, ...output]);
    return made;
  }

  get #key(): string {
    return path.join(this.folder, `${this.name}.key`);
  }
}
